/** A/B comparisons that never were: records as a real one leaves them, made from a seed, for tests. */
import type { AbFigure, AbRecord, AbStart, AnswerDifference, FigureKey } from "../collect/ab-record.ts";
import { p50Of, sampleComparison } from "../verdict/sample-comparison.ts";
import { type Random, seededRandom, standardNormal } from "../verdict/stats/random.ts";

export interface SampleAb {
  readonly starts: number;
  readonly seed?: number;
  /** Figure → what head really takes, as a share of base's: 1.05 is 5 % more. Unnamed ones are equal. */
  readonly slower?: Readonly<Record<string, number>>;
  /** Standard deviation of ln(head ÷ base) from start to start, of latency; that of CPU is twice that. */
  readonly noise?: number;
  /** Share of starts in which one side stays in a slow mode. */
  readonly slowStarts?: number;
  /** Starts in which k6 had no CPU. */
  readonly unsound?: readonly number[];
  readonly failing?: { readonly base: number; readonly head: number };
  readonly differences?: readonly AnswerDifference[];
  readonly classes?: readonly string[];
}

const CPU: FigureKey = {
  subject: { kind: "service", name: "service" },
  metric: "cpu_time",
  statistic: "mean",
};

export function sampleAb(options: SampleAb): AbRecord {
  const random = seededRandom(options.seed ?? 1);
  const classes = options.classes ?? ["read", "write", "login"];
  return sampleComparison(
    {},
    {
      sides: {
        base: { given: "main", kind: "ref", commit: { sha: "3f9ac1".padEnd(40, "0"), dirty: false } },
        head: { given: ".", kind: "ref", commit: { sha: "77ae52".padEnd(40, "0"), dirty: true } },
      },
      load: { scale: 1, rate: 120, busyShare: 0.41, measureSeconds: 12 },
      seed: options.seed ?? 1,
      gated: [...classes.map(p50Of), CPU],
      starts: Array.from({ length: options.starts }, (_, index) => sampleStart(index, classes, options, random)),
      differences: options.differences ?? [],
    },
  );
}

function sampleStart(index: number, classes: readonly string[], options: SampleAb, random: Random): AbStart {
  const { noise = 0.012, slowStarts = 0, failing = { base: 0, head: 0 } } = options;
  const slowMode = random() < slowStarts ? (random() < 0.5 ? -1 : 1) * (0.5 + 0.15 * random()) : 0;
  const figure = (key: FigureKey, name: string, median: number, spread: number, shift = slowMode): AbFigure => {
    const base = median * Math.exp(0.08 * standardNormal(random));
    const ratio = (options.slower?.[name] ?? 1) * Math.exp(spread * standardNormal(random) + shift);
    return { ...key, base, head: base * ratio, count: { base: 1400, head: 1400 } };
  };
  const starved = options.unsound?.includes(index) === true;
  return {
    index,
    startedAt: 1_773_479_702_000 + index * 18_000,
    first: random() < 0.5 ? "base" : "head",
    warmup: { requests: { base: 2600, head: 2600 }, seconds: 4.2, steady: true },
    measuredSeconds: 12,
    instrument: {
      canary: { count: 600, failed: 0, dropped: 0, p50: 0.4, p95: 1.9, p99: starved ? 104 : 4.1, max: 120 },
      startLag: { count: 1400, p50: 0, p99: starved ? 96 : 2, max: 110 },
      generator: { cpuSeconds: 1.9, wallSeconds: 12.4, allowedCores: 2, peakRssBytes: 90_000_000 },
      overflowSeries: 0,
      serviceMode: [],
    },
    requests: {
      base: { sent: 4200, failed: Math.round(4200 * failing.base), dropped: 0 },
      head: { sent: 4200, failed: Math.round(4200 * failing.head), dropped: 0 },
    },
    figures: [
      ...classes.map((name, place) => figure(p50Of(name), name, 2.4 * (place + 1), noise)),
      figure(CPU, "cpu", 310_000, 2 * noise),
      ...classes.map((name, place) =>
        figure({ ...p50Of(name), statistic: "p95" }, `${name} p95`, 6.1 * (place + 1), 2.5 * noise),
      ),
    ],
  };
}
