import { relative, resolve } from "node:path";
import { collectAlone } from "../collect-alone.ts";
import { ProofloadError } from "../errors.ts";
import { renderCollected, renderCollectReady } from "../report/collected.ts";
import type { MakeCommand } from "./command.ts";
import { stepLine } from "./progress-line.ts";
import { runIdAt } from "./run-id.ts";

interface CollectCommand {
  readonly output: string;
  readonly port: number | undefined;
  readonly "secret-file": string | undefined;
  readonly target: string;
  readonly json: boolean;
}

const PLAIN_EVERY_MS = 5000;

/** The receiver alone, for load that somebody else drives. */
export const collectCommand: MakeCommand<CollectCommand> = (host, finish) => ({
  command: "collect",
  describe: "Keep what a k6 of yours sends, and stream it, until Ctrl-C; the same folder goes on after a restart",
  builder: (yargs) =>
    yargs
      .option("output", {
        type: "string",
        demandOption: true,
        describe: "folder for the log and the address: a run directory, which `stream` takes",
      })
      .option("port", { type: "number", describe: "loopback port (default: as before in this folder, else 4318)" })
      .option("secret-file", {
        type: "string",
        describe: "file with the secret part of the path (default: as before in this folder, else a new one)",
      })
      .option("target", { type: "string", default: "k6", describe: "name of what is loaded" })
      .option("json", { type: "boolean", default: false, describe: "what was kept, as JSON on standard output" })
      .example("$0 collect --output nightly", "prints what to set where k6 runs"),
  handler: async ({ output, port, "secret-file": secretFile, target, json }) => {
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
      throw new ProofloadError("PL_USAGE", `--port must be a whole number from 0 (any free one) to 65535`);
    }
    const line = stepLine(host);
    let shownAt = Number.NEGATIVE_INFINITY;
    const collected = await collectAlone(host, {
      output: resolve(host.cwd, output),
      runId: runIdAt(host.now(), "collect"),
      target,
      port,
      secretFile: secretFile === undefined ? undefined : resolve(host.cwd, secretFile),
      onReady: (ready) =>
        host.out.note(renderCollectReady({ ...ready, directory: relative(host.cwd, ready.directory) || "." })),
      onNote: (text) => line.note(text),
      onProgress: (counts, totals) => {
        if (!host.out.live && host.now() - shownAt < PLAIN_EVERY_MS) return;
        shownAt = host.now();
        line.show(`${counts.kept} exports kept · ${totals.get("http_reqs") ?? 0} requests`);
      },
    }).finally(() => line.clear());
    host.out.write(json ? `${JSON.stringify(collected, undefined, 2)}\n` : renderCollected(collected));
    finish(0);
  },
});
