import { randomInt } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Child, ChildOptions } from "../environment/child.ts";
import { describeExit } from "../environment/child.ts";
import { startFailure } from "../environment/log-tail.ts";

/** `spawnChild` of harness/environment/child.ts, bound to the run's guardian. */
export type StartChild = (
  name: string,
  command: string,
  args: readonly string[],
  options: ChildOptions,
) => Promise<Child>;

export interface Canary extends AsyncDisposable {
  /** "http://127.83.4.201:41234/" */
  readonly url: string;
  /** "127.83.4.201" */
  readonly address: string;
  readonly pid: number;
}

export interface CanaryOptions {
  readonly start: StartChild;
  /** The Node that runs it: `process.execPath`. */
  readonly node: string;
  /** For its log; absolute. */
  readonly directory: string;
}

/** @throws ProofloadError PL_START_FAILED */
export async function startCanary({ start, node, directory }: CanaryOptions): Promise<Canary> {
  const script = fileURLToPath(new URL(import.meta.url.replace(/canary\.([a-z]+)$/, "canary-process.$1")));
  const child = await start("canary", node, [script, loopbackAddress()], {
    cwd: directory,
    env: {},
    logFile: `${directory}/canary.log`,
    stdout: "pipe",
    role: "instrument",
  });
  const listening = await firstLine(child);
  if (listening === undefined) {
    throw startFailure(`the canary did not start: it ${describeExit(await child.exited)}`, child.logFile);
  }
  return {
    url: `http://${listening}/`,
    address: listening.slice(0, listening.lastIndexOf(":")),
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      await child.stop();
    },
  };
}

/** Any but the first 65,536, where the services of this machine listen. */
function loopbackAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
}

/** Undefined when it ended first. */
async function firstLine(child: Child): Promise<string | undefined> {
  if (child.process.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.process.stdout })) return line;
  return undefined;
}
