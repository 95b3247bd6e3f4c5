import type { CommandModule } from "yargs";
import type { Host } from "../host.ts";

/** Makes a command from the host and the place where its exit code goes. */
export type MakeCommand<Options> = (host: Host, finish: (exitCode: number) => void) => CommandModule<object, Options>;
