import { randomInt } from "node:crypto";
import { join, relative, resolve } from "node:path";
import type { AbProgress } from "../ab/ab-progress.ts";
import { planAb } from "../ab/plan-ab.ts";
import { proveAb } from "../ab/prove-ab.ts";
import type { AbDesign } from "../collect/ab-record.ts";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Configuration } from "../plan/definition.ts";
import { explanationLines } from "../report/ab/explanation.ts";
import { renderAbJson } from "../report/ab/json.ts";
import { renderAbTerminal } from "../report/ab/terminal.ts";
import { proofloadVersion } from "../version.ts";
import { abMicro } from "./ab-micro.ts";
import type { MakeCommand } from "./command.ts";
import { loadConfiguration } from "./configuration.ts";
import { planRun } from "./plan-request.ts";
import { stepLine } from "./progress-line.ts";
import { remember } from "./remember.ts";

/** Where comparisons live, relative to the folder in which proofload was started. */
export const AB_DIRECTORY = join(".proofload", "ab");

interface AbOptions {
  readonly scenario: string | undefined;
  readonly base: string;
  readonly head: string;
  readonly config: string | undefined;
  readonly env: "embedded" | "containers";
  readonly design: AbDesign;
  readonly starts: number | undefined;
  readonly minutes: number | undefined;
  readonly measure: string;
  readonly margin: string | undefined;
  readonly gate: readonly string[];
  readonly seed: number | undefined;
  readonly profile: string | undefined;
  readonly "scale-profile": boolean;
  readonly setting: readonly string[];
  readonly output: string | undefined;
  readonly micro: string | undefined;
  readonly explain: boolean;
  readonly "share-host": boolean;
  readonly json: boolean;
}

/** Two versions of the service against each other, driven at once. */
export const abCommand: MakeCommand<AbOptions> = (host, finish) => ({
  command: "ab [scenario]",
  describe: "Compare two versions of the service, driven at once: REGRESSED, IMPROVED, EQUIVALENT or INCONCLUSIVE",
  builder: (yargs) =>
    yargs
      .positional("scenario", {
        type: "string",
        describe: "what to drive (default: the first scenario of the suite `smoke`, or else of the first suite)",
      })
      .options({
        base: {
          type: "string",
          demandOption: true,
          describe: "a git ref, an image or an address; . is the working tree",
        },
        head: { type: "string", demandOption: true, describe: "the same; ratios are head ÷ base" },
        config: { type: "string", describe: "configuration file (default: the nearest proofload.config.ts)" },
        env: {
          choices: ["embedded", "containers"] as const,
          default: "embedded" as const,
          describe: "where both sides run",
        },
        design: {
          choices: ["paired", "blocks"] as const,
          default: "paired" as const,
          describe: "blocks: one side after the other, for what cannot run side by side; sees several times less",
        },
        starts: {
          type: "number",
          describe: "starts of both sides, at most (default: 12, or what fits into --minutes)",
        },
        minutes: { type: "number", describe: "no start begins that would not be over by then (default: 10)" },
        measure: { type: "string", default: "12s", describe: "measured load of each start" },
        margin: { type: "string", describe: "smallest change that matters (default: 3%)" },
        gate: {
          type: "string",
          array: true,
          default: [] as string[],
          describe: 'a figure that decides, instead of the usual ones: --gate "p50 of latency of read"',
        },
        seed: { type: "number", describe: "of every random order (default: drawn, and kept in the record)" },
        profile: { type: "string", describe: "the hardware to run on (default: what the targets declare)" },
        "scale-profile": {
          type: "boolean",
          default: false,
          describe: "where this machine is too small for it, a smaller one",
        },
        setting: {
          type: "string",
          array: true,
          default: [] as string[],
          describe: "a setting of the service on both sides",
        },
        micro: { type: "string", describe: "compare a micro-benchmark instead of the service under load: its name" },
        explain: {
          type: "boolean",
          default: true,
          describe: "look into a regression by one start more, under the profiler (--no-explain: not)",
        },
        output: { type: "string", describe: `folder for comparisons (default: ${AB_DIRECTORY})` },
        "share-host": { type: "boolean", default: false, describe: "measure beside another run; both are labelled" },
        json: { type: "boolean", default: false, describe: "the record and the verdict as JSON on standard output" },
      } as const)
      .example("$0 ab --base main --head .", "the working tree against the branch main")
      .example("$0 ab --micro jwt --base main --head .", "a micro-benchmark, in processes of both sides by turns")
      .example("$0 ab crud --base v1.2.0 --head v1.3.0 --minutes 5", "two tags, on the scenario crud"),
  handler: async (options) => {
    if (options.micro !== undefined) return finish(await abMicro(host, { ...options, micro: options.micro }));
    const { configuration } = await loadConfiguration(host, options.config);
    const scenario = options.scenario ?? usualScenario(configuration);
    const { plan, configDirectory } = await planRun(host, {
      ...options,
      what: [scenario],
      budget: [],
    });
    const { given, ...rest } = { given: { base: options.base, head: options.head }, ...options };
    const ab = planAb(plan, { ...rest, given, seed: options.seed ?? randomInt(2 ** 31) });
    const line = progressOf(host);
    if (options.scenario === undefined) line.note(`driving the scenario ${scenario}; name another one after \`ab\``);
    const proof = await proveAb(ab, host, {
      abDirectory: options.output === undefined ? join(host.cwd, AB_DIRECTORY) : resolve(host.cwd, options.output),
      configDirectory,
      shareHost: options["share-host"],
      proofloadVersion: proofloadVersion(),
      explain: options.explain,
      onProgress: line.show,
    }).finally(line.clear);
    await remember(host);
    const { record, verdict, explanation, directory } = proof;
    if (explanation !== undefined && !options.json) host.out.write(`${explanationLines(explanation).join("\n")}\n\n`);
    host.out.write(
      options.json
        ? renderAbJson(record, verdict)
        : renderAbTerminal(record, verdict, { ...host.out, directory: relative(host.cwd, directory) || "." }),
    );
    finish(verdict.exitCode);
  },
});

export function usualScenario({ suites }: Configuration): string {
  const [first] = suites["smoke"] ?? Object.values(suites)[0] ?? [];
  if (first === undefined)
    throw new ProofloadError("PL_USAGE", "the configuration has no suite: name a scenario after `ab`");
  return first;
}

export function progressOf(host: Host) {
  const { show, note, clear } = stepLine(host);
  let shown = "";
  const draw = (text: string) => {
    // Elsewhere than on a terminal every step is a line of its own, and the same one is not said twice.
    if (!host.out.live && text === shown) return;
    shown = text;
    show(text);
  };
  return {
    note,
    clear,
    show: (progress: AbProgress) => {
      if (progress.kind === "note") return note(progress.text);
      if (progress.kind === "step") return draw(progress.text);
      const { number, atMost, phase, requests, sofar } = progress;
      const counts = !host.out.live || requests === undefined ? "" : ` (${requests.base} + ${requests.head} requests)`;
      return draw(
        `start ${number} (at most ${atMost} count): ${phase}${counts}${sofar === undefined ? "" : ` · ${sofar}`}`,
      );
    },
  };
}
