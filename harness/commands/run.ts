import { join, relative, resolve } from "node:path";
import { prove } from "../prove.ts";
import { renderJson } from "../report/json.ts";
import { renderTerminal } from "../report/terminal.ts";
import { proofloadVersion } from "../version.ts";
import type { MakeCommand } from "./command.ts";
import { commitOf } from "./commit.ts";
import { planOptions } from "./plan-options.ts";
import { type PlanOptions, planRun } from "./plan-request.ts";
import { programName } from "./program-name.ts";
import { progressLine } from "./progress-line.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

interface RunOptions extends PlanOptions {
  readonly json: boolean;
  readonly output: string | undefined;
  readonly "share-host": boolean;
}

/** Provision, drive, collect, judge, report. */
export const runCommand: MakeCommand<RunOptions> = (host, finish) => ({
  command: "run <what..>",
  describe: "Drive a suite, scenarios, or a k6 script, and judge what was measured",
  builder: (yargs) =>
    planOptions(yargs)
      .option("output", { type: "string", describe: `folder for run directories (default: ${RUNS_DIRECTORY})` })
      .option("json", { type: "boolean", default: false, describe: "the report as JSON on standard output" })
      .option("share-host", {
        type: "boolean",
        default: false,
        describe: "measure beside another run; both are labelled",
      })
      .example("$0 run quick", "the quick suite on the embedded environment")
      .example("$0 run load-open --budget 'projects.list=p95 of latency < 50 ms'", "one scenario, one budget more")
      .example("$0 run path/to/script.ts --url http://127.0.0.1:3000", "an unchanged k6 script"),
  handler: async (options) => {
    const { plan, configDirectory, k6 } = await planRun(host, options);
    const progress = progressLine(host, plan);
    const commit = await commitOf(configDirectory);
    const { record, verdict, directory } = await prove(plan, host, {
      runsDirectory: options.output === undefined ? join(host.cwd, RUNS_DIRECTORY) : resolve(host.cwd, options.output),
      configDirectory,
      shareHost: options["share-host"],
      proofloadVersion: proofloadVersion(),
      onProgress: progress.show,
      ...(commit === undefined ? {} : { commit }),
      ...(k6 === undefined ? {} : { k6 }),
    }).finally(() => progress.clear());
    const { colour, columns } = host.out;
    host.out.write(
      options.json
        ? renderJson(record, verdict)
        : renderTerminal(record, verdict, plan, {
            colour,
            columns,
            directory: relative(host.cwd, directory) || ".",
            program: programName(host),
          }),
    );
    finish(verdict.exitCode);
  },
});
