import type { Argv } from "yargs";

export const BUDGET_OPTION = {
  type: "string",
  array: true,
  default: [] as string[],
  describe: 'a further budget: --budget "auth.login=p95 of latency < 80 ms"',
} as const;

/** Options that `run` and `plan` share. */
export function planOptions(yargs: Argv) {
  return systemOptions(
    yargs.positional("what", {
      type: "string",
      array: true,
      demandOption: true,
      describe: "suites and scenarios of the configuration, or files of k6 scripts",
    }),
  );
}

/** Which system is driven, where it runs, and what it is held to. */
export function systemOptions<Options>(yargs: Argv<Options>) {
  return yargs
    .option("config", { type: "string", describe: "configuration file (default: the nearest proofload.config.ts)" })
    .option("env", {
      choices: ["embedded", "containers", "url"] as const,
      default: "embedded" as const,
      describe: "where the service runs: as processes of this machine, in containers, or already (--url)",
    })
    .option("url", {
      type: "string",
      describe: "address of a service that runs already, here or allowed by the configuration; implies --env url",
    })
    .option("profile", { type: "string", describe: "the hardware to run on (default: what the targets declare)" })
    .option("scale-profile", {
      type: "boolean",
      default: false,
      describe: "where this machine is too small for the profile, run a proportionally smaller one",
    })
    .option("budget", BUDGET_OPTION)
    .option("setting", {
      type: "string",
      array: true,
      default: [] as string[],
      describe: "a setting of the service for this run: --setting LLM_MEDIAN_MS=12000",
    });
}
