/**
 * `npm run bench:matcher [-- --json]`: the rule engine's workloads, each measurement in a fresh Node process with the
 * same flags, the competitors in turn: what a single evaluation costs, its compilation included. Compiled code, and all
 * that one process can tell, is measured by `proofload micro rule-engine`. Ratios compare two figures of one run, so they
 * hold on any machine; seconds and bytes are those of this one.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { machineFacts } from "../../harness/environment/fingerprint/machine.ts";
import { type Figure, figureOf, type Line, linesText } from "./figures.ts";

const execute = promisify(execFile);
const ROUNDS = 5;
const MILLION = 1_000_000;
const MEGABYTE = 1_000_000;
/** Collection on request, and young generations of one size whatever the machine's memory. */
const FLAGS = ["--expose-gc", "--max-semi-space-size=16"];

/** A tenth of the time and a quarter of the memory of the Rust original, as measured on a 2-core machine. */
const limits = {
  simple: { seconds: 0.38, megabytes: 375 },
  payroll: { seconds: 0.39, megabytes: 650 },
  enterprise: { seconds: 0.98, megabytes: 775 },
} as const;
const workloads = ["simple", "payroll", "enterprise"] as const;

interface Once {
  readonly seconds: number;
  readonly results: number;
  readonly facts: number;
  readonly peakRssBytes: number;
}

const rounds = await interleaved();
report();

async function interleaved() {
  const all: Record<string, Once[]> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, count] of [
      ["simple", MILLION],
      ["json-rules-engine", 100_000],
      ["payroll", MILLION],
      ["enterprise", MILLION],
      ["joins", 0],
      ["joins-by-hand", 0],
    ] as const) {
      const once: Once = await measure(name, count);
      all[name] = [...(all[name] ?? []), once];
    }
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
  }
  return (name: string): readonly Once[] => all[name] ?? [];
}

async function measure<T>(name: string, count = 0): Promise<T> {
  const script = join(import.meta.dirname, "matcher-case.ts");
  const { stdout } = await execute(process.execPath, [...FLAGS, script, name, `${count}`], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout);
}

function report(): void {
  const seconds = (name: string) => figureOf(rounds(name).map((once) => once.seconds));
  const peakRss = (name: string) => figureOf(rounds(name).map((once) => once.peakRssBytes));
  const factsPerSecond = (name: string) => rounds(name).map((once) => once.facts / once.seconds);
  const other = factsPerSecond("json-rules-engine");
  const ratioToJsonRulesEngine = figureOf(factsPerSecond("simple").map((own, round) => own / (other[round] ?? 0)));
  const cold = figureOf(
    rounds("joins").map((once, round) => once.seconds / (rounds("joins-by-hand")[round]?.seconds ?? 0)),
  );
  if (process.argv.includes("--json")) {
    const perWorkload = <T>(value: (name: string) => T) =>
      Object.fromEntries(workloads.map((name) => [`${name}1M`, value(name)]));
    const json = {
      flags: FLAGS,
      rounds: ROUNDS,
      machine: machineFacts(),
      ratioToJsonRulesEngine: ratioToJsonRulesEngine.median,
      ratioToJsonRulesEngineSpread: ratioToJsonRulesEngine,
      results: perWorkload((name) => rounds(name)[0]?.results),
      seconds: perWorkload(seconds),
      peakRssBytes: perWorkload(peakRss),
      joins: {
        results: rounds("joins")[0]?.results,
        seconds: seconds("joins"),
        secondsByHand: seconds("joins-by-hand"),
        ratioCold: cold,
      },
    };
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  const below = (name: string, figure: Figure, limit: number, unit: string, digits: number): Line => ({
    name,
    figure,
    limit: `≤ ${limit}${unit}`,
    ok: figure.median <= limit,
    digits,
  });
  const above = (name: string, figure: Figure, limit: number, digits: number): Line => ({
    name,
    figure,
    limit: `≥ ${limit.toLocaleString("en")}`,
    ok: figure.median >= limit,
    digits,
  });
  const plain = (name: string, figure: Figure, digits: number): Line => ({ name, figure, limit: "", ok: true, digits });
  const lines: Line[] = [
    above("simple 1M ÷ json-rules-engine", ratioToJsonRulesEngine, 30, 1),
    ...workloads.flatMap((name) => [
      below(`${name} 1M, seconds`, seconds(name), limits[name].seconds, " s", 3),
      below(`${name} 1M, peak RSS in MB`, scaled(peakRss(name), MEGABYTE), limits[name].megabytes, " MB", 0),
    ]),
    plain("joins ÷ by hand, fresh processes", cold, 2),
    plain("joins, seconds, fresh process", seconds("joins"), 3),
  ];
  process.stdout.write(
    `The rule engine, ${ROUNDS} interleaved rounds in fresh processes: median (smallest to largest)\n${linesText(lines)}`,
  );
}

function scaled({ median, min, max }: Figure, unit: number): Figure {
  return { median: median / unit, min: min / unit, max: max / unit };
}
