import { join } from "node:path";
import { readInfluxSettings } from "../collect/influx/settings.ts";
import { openRun } from "../collect/run-directory.ts";
import { ProofloadError } from "../errors.ts";
import { parseDuration } from "../plan/quantity.ts";
import { streamTable } from "../report/stream-table.ts";
import { type Restreamed, restream } from "../restream.ts";
import { dashboardLink } from "../stream.ts";
import type { MakeCommand } from "./command.ts";
import { stepLine } from "./progress-line.ts";
import { remember } from "./remember.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

interface StreamOptions {
  readonly run: readonly string[];
  readonly patience: string;
  readonly json: boolean;
}

/** Exit codes as elsewhere: the books close, or the run's figures cannot be trusted to be all in the database. */
const CLOSED = 0;
const NOT_CLOSED = 3;

/** Sends stored runs to InfluxDB, once more or for the first time. */
export const streamCommand: MakeCommand<StreamOptions> = (host, finish) => ({
  command: "stream <run..>",
  describe: "Send stored runs to InfluxDB; sending one twice changes nothing",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "ids, unique prefixes, directories, last or last~1",
      })
      .option("patience", {
        type: "string",
        default: "60s",
        describe: "how long to wait for a database that takes nothing",
      })
      .option("json", { type: "boolean", default: false, describe: "the books as JSON on standard output" })
      .example("$0 stream last", "what the database lacks of the newest run")
      .example("$0 stream last~1 last --patience 10m", "two runs, to a database that is coming back"),
  handler: async ({ run: runs, patience, json }) => {
    const patienceMs = milliseconds(patience);
    const settings = await readInfluxSettings(host.env, host.cwd);
    if (settings === undefined) {
      throw new ProofloadError(
        "PL_USAGE",
        "there is no database: set PROOFLOAD_INFLUX_URL, in the environment or .env",
      );
    }
    const directories = await Promise.all(runs.map((run) => openRun(join(host.cwd, RUNS_DIRECTORY), run)));
    const { show, note, clear } = stepLine(host);
    const done: Restreamed[] = [];
    try {
      for (const directory of directories) {
        show(`sending ${directory.runId}`);
        const signal = host.interrupted;
        const streamed = await restream(directory, {
          settings,
          patienceMs,
          onStep: show,
          onNote: note,
          signal,
        }).finally(clear);
        done.push(streamed);
        if (!json) {
          host.out.write(`${streamed.runId}\n`);
          for (const { scenario, books } of streamed.scenarios) host.out.write(`${streamTable(scenario, books)}\n`);
          const link = dashboardLink(settings, await directory.readPlan(), streamed.endedAt);
          if (link !== undefined) host.out.write(`  Grafana: ${link}\n`);
        }
      }
    } finally {
      // Also of those before one that failed: their books are others now.
      await remember(
        host,
        directories.map(({ runId }) => `runs/${runId}`),
      );
    }
    if (json) host.out.write(`${JSON.stringify(done, undefined, 2)}\n`);
    finish(done.every(({ closed }) => closed) ? CLOSED : NOT_CLOSED);
  },
});

function milliseconds(patience: string): number {
  const parsed = parseDuration(patience);
  if (!parsed.ok) throw new ProofloadError("PL_USAGE", `--patience: ${parsed.what}; type ${parsed.instead}`);
  return parsed.value * 1000;
}
