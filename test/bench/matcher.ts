/**
 * `npm run bench:matcher [-- --json]`: the rule engine's workloads, each measurement in a fresh Node process with the
 * same flags, the competitors in turn. Ratios compare two figures of one run, so they hold on any machine; seconds and
 * bytes are those of this one.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
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
const sizes = await sizesOfSimple();
const warm: { rounds: { engine: number; byHand: number }[] } = await measure("joins-warm");
const sustained: { factsPerSecond: number; seconds: number } = await measure("sustained", 10);
const workers: { rounds: { one: number; two: number }[] } = await measure("workers", 3);
const incremental: { meanMicros: number; p99Micros: number } = await measure("incremental", MILLION);
const retracted: { before: number; held: number; after: number; liveTokens: number; ratio: number } = await measure(
  "retract-all",
  MILLION,
);
const index: { rounds: { direct: number; map: number }[] } = await measure("index", MILLION);
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

async function sizesOfSimple(): Promise<{ facts: number; seconds: Figure }[]> {
  const sizes: { facts: number; seconds: Figure }[] = [];
  for (const facts of [100_000, 200_000, 500_000]) {
    const seconds: number[] = [];
    for (let round = 0; round < 3; round += 1) seconds.push((await measure<Once>("simple", facts)).seconds);
    sizes.push({ facts, seconds: figureOf(seconds) });
  }
  return sizes;
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
  const warmRatio = figureOf(warm.rounds.map(({ engine, byHand }) => engine / byHand));
  const twoWorkers = figureOf(workers.rounds.map(({ one, two }) => two / one));
  const mapToDirect = figureOf(index.rounds.map(({ direct, map }) => map / direct));
  if (process.argv.includes("--json")) {
    const perWorkload = <T>(value: (name: string) => T) =>
      Object.fromEntries(workloads.map((name) => [`${name}1M`, value(name)]));
    const json = {
      flags: FLAGS,
      rounds: ROUNDS,
      node: process.version,
      ratioToJsonRulesEngine: ratioToJsonRulesEngine.median,
      ratioToJsonRulesEngineSpread: ratioToJsonRulesEngine,
      results: perWorkload((name) => rounds(name)[0]?.results),
      seconds: perWorkload(seconds),
      peakRssBytes: perWorkload(peakRss),
      secondsOfSimple: sizes,
      joins: {
        results: rounds("joins")[0]?.results,
        seconds: seconds("joins"),
        secondsByHand: seconds("joins-by-hand"),
        ratioCold: cold,
        ratio: warmRatio,
      },
      sustained,
      twoWorkersToOne: twoWorkers,
      incremental,
      retractAll: retracted,
      mapToDirectIndex: mapToDirect,
    };
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  const single = (value: number): Figure => ({ median: value, min: value, max: value });
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
    ...sizes.map((size) => plain(`simple ${size.facts / 1000}K, seconds`, size.seconds, 3)),
    below("joins ÷ by hand, compiled code", warmRatio, 3, "", 2),
    plain("joins ÷ by hand, fresh processes", cold, 2),
    plain("joins, seconds, fresh process", seconds("joins"), 3),
    above("facts/s over 10 s", single(sustained.factsPerSecond), 1_400_000, 0),
    above("two workers ÷ one", twoWorkers, 1.6, 2),
    below("1 fact of 1M changed, 400 rules: mean µs", single(incremental.meanMicros), 50, " µs", 1),
    plain("the same, p99 µs", single(incremental.p99Micros), 1),
    below("memory after retracting all ÷ before", single(retracted.ratio), 1.1, "", 3),
    below("live tokens then", single(retracted.liveTokens), 0, "", 0),
    plain("look-up in a map ÷ direct index", mapToDirect, 2),
  ];
  process.stdout.write(
    `The rule engine, ${ROUNDS} interleaved rounds in fresh processes: median (smallest to largest)\n${linesText(lines)}`,
  );
}

function scaled({ median, min, max }: Figure, unit: number): Figure {
  return { median: median / unit, min: min / unit, max: max / unit };
}
