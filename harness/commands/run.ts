import { prove } from "../prove.ts";
import { proofloadVersion } from "../version.ts";
import type { MakeCommand } from "./command.ts";
import { commitOf } from "./commit.ts";
import { planOptions } from "./plan-options.ts";
import { type PlanOptions, planRun } from "./plan-request.ts";
import { progressLine } from "./progress-line.ts";
import { PROOF_OPTIONS, runsDirectoryOf, showProof } from "./proof-output.ts";
import { remember } from "./remember.ts";

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
      .options(PROOF_OPTIONS)
      .example("$0 run quick", "the quick suite on the embedded environment")
      .example("$0 run load-open --budget 'projects.list=p95 of latency < 50 ms'", "one scenario, one budget more")
      .example("$0 run path/to/script.ts --url http://127.0.0.1:3000", "an unchanged k6 script"),
  handler: async (options) => {
    const { plan, configDirectory, k6 } = await planRun(host, options);
    const progress = progressLine(host, plan);
    const commit = await commitOf(configDirectory, host.env);
    const proof = await prove(plan, host, {
      runsDirectory: runsDirectoryOf(host, options.output),
      configDirectory,
      shareHost: options["share-host"],
      proofloadVersion: proofloadVersion(),
      onProgress: progress.show,
      ...(commit === undefined ? {} : { commit }),
      ...(k6 === undefined ? {} : { k6 }),
    }).finally(() => progress.clear());
    await remember(host);
    showProof(host, proof, options.json);
    finish(proof.verdict.exitCode);
  },
});
