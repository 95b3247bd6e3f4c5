import { resolve } from "node:path";
import { readMicroPlan } from "../plan/read-micro-plan.ts";
import { proveMicro } from "../prove-micro.ts";
import { proofloadVersion } from "../version.ts";
import { adjusted } from "./adjustments.ts";
import type { MakeCommand } from "./command.ts";
import { commitOf } from "./commit.ts";
import { loadConfiguration } from "./configuration.ts";
import { BUDGET_OPTION } from "./plan-options.ts";
import { stepLine } from "./progress-line.ts";
import { PROOF_OPTIONS, runsDirectoryOf, showProof } from "./proof-output.ts";
import { remember } from "./remember.ts";
import { runIdAt } from "./run-id.ts";

interface MicroOptions {
  readonly pattern: readonly string[];
  readonly config: string | undefined;
  readonly quick: boolean;
  readonly budget: readonly string[];
  readonly json: boolean;
  readonly output: string | undefined;
  readonly "share-host": boolean;
  readonly "profile-cpu": boolean;
  readonly "profile-heap": boolean;
}

/** Micro-benchmarks, each in a fresh process; the same run directory, verdict and exit codes as a load run. */
export const microCommand: MakeCommand<MicroOptions> = (host, finish) => ({
  command: "micro [pattern..]",
  describe: "Run micro-benchmarks, each in a fresh process, and judge what was measured",
  builder: (yargs) =>
    yargs
      .positional("pattern", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: "names of micro-benchmarks, or parts of names (default: all)",
      })
      .option("config", { type: "string", describe: "configuration file (default: the nearest proofload.config.ts)" })
      .option("quick", { type: "boolean", default: false, describe: "short rounds, for CI: a few seconds each" })
      .option("budget", {
        ...BUDGET_OPTION,
        describe: 'a further budget: --budget "jwt=mean of time in issue < 10 us"',
      })
      .option("profile-cpu", {
        type: "boolean",
        default: false,
        describe: "a .cpuprofile and a flame graph (SVG), from a process that is not measured",
      })
      .option("profile-heap", {
        type: "boolean",
        default: false,
        describe: "a .heapprofile and its flame graph, from a process that is not measured",
      })
      .options(PROOF_OPTIONS)
      .example("$0 micro --quick", "all of them, briefly")
      .example("$0 micro jwt --profile-cpu", "one, with a flame graph"),
  handler: async (options) => {
    const { configuration, directory: configDirectory } = await loadConfiguration(host, options.config);
    const plan = adjusted(
      readMicroPlan(configuration, {
        patterns: options.pattern,
        quick: options.quick,
        runId: runIdAt(host.now(), ["micro", ...options.pattern].join("+")),
        createdAt: new Date(host.now()).toISOString(),
        resolvePath: (path) => resolve(configDirectory, path),
      }),
      { budget: options.budget },
    );
    const commit = await commitOf(configDirectory, host.env);
    const progress = stepLine(host);
    const proof = await proveMicro(plan, host, {
      runsDirectory: runsDirectoryOf(host, options.output),
      shareHost: options["share-host"],
      proofloadVersion: proofloadVersion(),
      profiles: { cpu: options["profile-cpu"], heap: options["profile-heap"] },
      onStep: progress.show,
      onNote: progress.note,
      ...(commit === undefined ? {} : { commit }),
    }).finally(() => progress.clear());
    await remember(host);
    await showProof(host, proof, options.json);
    finish(proof.verdict.exitCode);
  },
});
