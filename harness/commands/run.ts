import { relative } from "node:path";
import type { CommandModule } from "yargs";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { PROFILE_SETTING } from "../profile/profile-scenario.ts";
import { prove } from "../prove.ts";
import { renderSequenceMarkdown } from "../report/sequence/sequence-page.ts";
import { proofloadVersion } from "../version.ts";
import { commitOf } from "./commit.ts";
import { planOptions } from "./plan-options.ts";
import { type PlanOptions, planRun } from "./plan-request.ts";
import { progressLine } from "./progress-line.ts";
import { PROOF_OPTIONS, runsDirectoryOf, showProof } from "./proof-output.ts";
import { remember } from "./remember.ts";
import { type RunCommandLine, runSequence, type Sequence } from "./sequence/run-sequence.ts";
import { sequenceOf } from "./sequence/sequence-of.ts";

interface RunOptions extends PlanOptions {
  readonly json: boolean;
  readonly output: string | undefined;
  readonly "share-host": boolean;
  readonly "profile-cpu": boolean;
}

/** Provision, drive, collect, judge, report; or a whole sequence of commands. */
export const runCommand = (
  host: Host,
  finish: (exitCode: number) => void,
  runCommandLine: RunCommandLine,
): CommandModule<object, RunOptions> => ({
  command: "run <what..>",
  describe: "Drive a suite, scenarios, a k6 script or a sequence, and judge what was measured",
  builder: (yargs) =>
    planOptions(yargs)
      .options(PROOF_OPTIONS)
      .option("profile-cpu", {
        type: "boolean",
        default: false,
        describe: "a flame graph (SVG) of the service under each scenario; the run is then INVALID, as evidence",
      })
      .example("$0 run quick", "the quick suite on the embedded environment")
      .example("$0 run load-open --budget 'projects.list=p95 of latency < 50 ms'", "one scenario, one budget more")
      .example("$0 run nightly", "the sequence `nightly`: several commands, one page")
      .example("$0 run crud --profile-cpu", "where the service spends its time; no verdict about its speed")
      .example("$0 run path/to/script.ts --url http://127.0.0.1:3000", "an unchanged k6 script"),
  handler: async (options) => {
    const sequence = await sequenceOf(host, options);
    if (sequence !== undefined) {
      const more = [
        ...(options["share-host"] ? ["--share-host"] : []),
        ...(options.config === undefined ? [] : ["--config", options.config]),
      ];
      const done = await runSequence(host, { ...sequence, more, runCommandLine });
      host.out.write(options.json ? `${JSON.stringify(done.record, null, 2)}\n` : sequenceEnd(host, done));
      finish(done.record.exitCode);
      return;
    }
    const { plan, configDirectory, k6 } = await planRun(host, profiled(options));
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
    await showProof(host, proof, options.json);
    finish(proof.verdict.exitCode);
  },
});

function sequenceEnd(host: Host, { record, before, directory }: Sequence): string {
  const where = relative(host.cwd, directory) || ".";
  return `\n${renderSequenceMarkdown(record, before)}\n  Page: ${where}/report.html\n`;
}

/** Looking into a service is one of its settings: it is in the plan, and makes the run like no other. */
function profiled(options: RunOptions): RunOptions {
  if (!options["profile-cpu"]) return options;
  if (options.env !== "embedded" || options.url !== undefined) {
    throw new ProofloadError(
      "PL_USAGE",
      "--profile-cpu looks into a Node service that is started here: --env embedded",
    );
  }
  return { ...options, setting: [...options.setting, `${PROFILE_SETTING}=cpu`] };
}
