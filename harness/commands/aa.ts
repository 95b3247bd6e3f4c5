import { join, resolve } from "node:path";
import { planAb } from "../ab/plan-ab.ts";
import { proveAa } from "../ab/prove-aa.ts";
import type { AbDesign } from "../collect/ab-record.ts";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { renderAaTerminal } from "../report/ab/aa-terminal.ts";
import { openStudy, STUDIES_DIRECTORY } from "../studies.ts";
import { type AaResult, calibrateAa } from "../verdict/ab/calibration.ts";
import { seededRandom } from "../verdict/stats/random.ts";
import { proofloadVersion } from "../version.ts";
import { AB_DIRECTORY, progressOf, usualScenario } from "./ab.ts";
import type { MakeCommand } from "./command.ts";
import { commitOf } from "./commit.ts";
import { loadConfiguration } from "./configuration.ts";
import { planRun } from "./plan-request.ts";
import { remember } from "./remember.ts";

/** Verdicts that are drawn from the starts that were measured. */
const RESAMPLED = 2000;

interface AaOptions {
  readonly scenario: string | undefined;
  /** Comparisons in the study at the end, those of earlier calls included. */
  readonly verdicts: number;
  readonly minutes: number;
  readonly config: string | undefined;
  readonly env: "embedded" | "containers";
  readonly design: AbDesign;
  readonly measure: string;
  readonly margin: string | undefined;
  readonly seed: number;
  readonly fresh: boolean;
  readonly profile: string | undefined;
  readonly "scale-profile": boolean;
  readonly setting: readonly string[];
  readonly "share-host": boolean;
  readonly json: boolean;
}

/** What an option is that nobody gave. */
const AA_DEFAULTS: Omit<AaOptions, "scenario"> = {
  verdicts: 5,
  minutes: 3,
  config: undefined,
  env: "embedded",
  design: "paired",
  measure: "12s",
  margin: undefined,
  seed: 1,
  fresh: false,
  profile: undefined,
  "scale-profile": false,
  setting: [],
  "share-host": false,
  json: false,
};

/** Equal builds against each other: how often would this machine cry wolf, and what could it see? */
export const aaCommand: MakeCommand<AaOptions> = (host, finish) => ({
  command: "aa [scenario]",
  describe: "Compare the working tree with itself, again and again: false alarms and noise of this machine",
  builder: (yargs) =>
    yargs
      .positional("scenario", {
        type: "string",
        describe: "what to drive (default: the first scenario of the suite `smoke`, or else of the first suite)",
      })
      .options({
        verdicts: {
          type: "number",
          default: 5,
          describe: "comparisons in the study, those of an earlier call included",
        },
        minutes: { type: "number", default: AA_DEFAULTS.minutes, describe: "of each comparison, at most" },
        config: { type: "string", describe: "configuration file (default: the nearest proofload.config.ts)" },
        env: { choices: ["embedded", "containers"] as const, default: "embedded" as const, describe: "where it runs" },
        design: {
          choices: ["paired", "blocks"] as const,
          default: "paired" as const,
          describe: "as for `ab`",
        },
        measure: { type: "string", default: AA_DEFAULTS.measure, describe: "measured load of each start" },
        margin: { type: "string", describe: "smallest change that matters (default: 3%)" },
        seed: {
          type: "number",
          default: AA_DEFAULTS.seed,
          describe: "of every random order, and of what is resampled",
        },
        fresh: { type: "boolean", default: false, describe: "begin a new study, though one could go on" },
        profile: { type: "string", describe: "the hardware to run on (default: what the targets declare)" },
        "scale-profile": {
          type: "boolean",
          default: false,
          describe: "where this machine is too small, a smaller one",
        },
        setting: { type: "string", array: true, default: [] as string[], describe: "a setting of the service" },
        "share-host": { type: "boolean", default: false, describe: "measure beside another run; it is labelled" },
        json: { type: "boolean", default: false, describe: "the calibration as JSON on standard output" },
      } as const)
      .example("$0 aa crud", "five comparisons of at most 3 minutes each, on the scenario crud")
      .example("$0 aa crud --verdicts 20", "goes on where the last one stopped, to 20"),
  handler: async (options) => finish(await calibrate(host, options)),
});

/** Measures what the study lacks, and shows what all of it says; the exit code. */
async function calibrate(host: Host, options: AaOptions): Promise<number> {
  if (!Number.isInteger(options.verdicts) || options.verdicts < 1 || !(options.minutes > 0)) {
    throw new ProofloadError("PL_USAGE", "--verdicts is a whole number from 1, and --minutes is above 0");
  }
  const { configuration } = await loadConfiguration(host, options.config);
  const scenario = options.scenario ?? usualScenario(configuration);
  const planned = async (index: number) => {
    const { plan, configDirectory } = await planRun(host, { ...options, what: [scenario], budget: [] });
    const request = {
      given: { base: ".", head: "." },
      design: options.design,
      starts: undefined,
      minutes: options.minutes,
      measure: options.measure,
      margin: options.margin,
      gate: [],
      seed: options.seed + index,
    };
    return { plan: planAb(plan, request), configDirectory };
  };
  const first = await planned(0);
  const commit = await commitOf(first.configDirectory, host.env);
  const study = await openStudy<AaResult>({
    root: join(host.cwd, STUDIES_DIRECTORY),
    name: `aa-${scenario}`,
    settings: {
      design: options.design,
      minutes: options.minutes,
      measure: options.measure,
      margin: first.plan.rules.margin,
      seed: options.seed,
      env: options.env,
      profile: options.profile ?? "",
      scaled: options["scale-profile"],
      setting: options.setting.join("\n"),
    },
    fresh: options.fresh,
    now: host.now,
    ...(commit === undefined ? {} : { commit }),
  });
  const line = progressOf(host);
  await proveAa(host, {
    study,
    verdicts: options.verdicts,
    plan: async (index) => (await planned(index)).plan,
    abDirectory: resolve(host.cwd, AB_DIRECTORY),
    configDirectory: first.configDirectory,
    shareHost: options["share-host"],
    proofloadVersion: proofloadVersion(),
    explain: false,
    onProgress: line.show,
  }).finally(line.clear);
  await remember(host);
  const calibration = calibrateAa(study.results, { count: RESAMPLED, random: seededRandom(options.seed) });
  if (calibration === undefined) throw new ProofloadError("PL_INTERNAL", "the study has no comparison");
  const { colour, columns } = host.out;
  host.out.write(
    options.json
      ? `${JSON.stringify({ study: study.id, ...calibration }, undefined, 2)}\n`
      : `${renderAaTerminal(calibration, { colour, columns, margin: first.plan.rules.margin })}  Study: ${study.file}\n`,
  );
  return 0;
}
