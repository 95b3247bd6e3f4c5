/** What equal builds against each other say about this machine and this scenario. Pure. */
import type { AbRecord, FigureKey } from "../../collect/ab-record.ts";
import type { Share } from "../stats/binomial.ts";
import { binomialInterval } from "../stats/binomial.ts";
import { countNeeded, minimumDetectableEffect } from "../stats/power.ts";
import { quantile } from "../stats/quantiles.ts";
import type { Random } from "../stats/random.ts";
import type { AbRules, AbVerdict, AbVerdictKind } from "./ab-verdict.ts";
import { figureName } from "./decide-ab.ts";
import { intervalAt, keepOrdinary } from "./estimate.ts";
import { type FigureSeries, figureSeries } from "./figures.ts";
import { levelAt } from "./looks.ts";
import { resampleVerdicts, type VerdictCounts } from "./resample.ts";
import { sortStarts } from "./sound-starts.ts";

/** One comparison of equal builds: what an aa study holds one of for each. */
export interface AaResult {
  readonly seconds: number;
  readonly record: AbRecord;
  readonly rules: AbRules;
  readonly verdict: Pick<AbVerdict, "kind" | "sentence">;
}

export interface Rate extends Share {
  readonly count: number;
  readonly of: number;
}

export interface AaCalibration {
  readonly scenario: string;
  readonly live: { readonly counts: VerdictCounts; readonly regressed: Rate; readonly inconclusive: Rate };
  /** Drawn by start from all that were measured. */
  readonly resampled: { readonly counts: VerdictCounts; readonly regressed: Rate; readonly inconclusive: Rate };
  /** Of the sound starts of all comparisons together. */
  readonly starts: number;
  readonly noise: readonly FigureNoise[];
  /** Of all starts, sound or not; milliseconds. */
  readonly canaryP99?: Spread;
  readonly startLagP99?: Spread;
}

export interface FigureNoise extends FigureKey {
  readonly name: string;
  readonly gated: boolean;
  readonly starts: number;
  /** Standard deviation of ln(head ÷ base) from start to start, without those that were given no weight. */
  readonly spread: number;
  /** Starts that lay far from all others. */
  readonly outliers: number;
  /** head ÷ base over all starts: equal builds give 1. */
  readonly ratio: number;
  /** Sound starts with which 4 of 5 comparisons of equal builds show that this figure is inside the margin. */
  readonly startsNeeded: number | undefined;
  /** The narrowest margin that 4 of 5 show with as many starts as were planned, as a share. */
  readonly margin: number;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Recommended: twice the 95th percentile, and 5 ms at least. A start beyond it met something unusual here. */
  readonly limit: number;
}

const MOST_STARTS = 200;
const SHORTEST_LIMIT_MS = 5;

/** Undefined without a comparison. All have to be of one scenario, and under the same rules. */
export function calibrateAa(
  results: readonly AaResult[],
  { count, random }: { readonly count: number; readonly random: Random },
): AaCalibration | undefined {
  const [first] = results;
  if (first === undefined) return undefined;
  const rules = { ...first.rules, over: false };
  const pooled: AbRecord = { ...first.record, starts: results.flatMap(({ record }) => record.starts) };
  const resampled = resampleVerdicts(pooled, rules, { count, random });
  const live = countsOf(results.map(({ verdict }) => verdict.kind));
  const { sound } = sortStarts(pooled);
  const canary = pooled.starts.flatMap(({ instrument }) => instrument?.canary?.p99 ?? []);
  const lag = pooled.starts.flatMap(({ instrument }) => instrument?.startLag?.p99 ?? []);
  return {
    scenario: first.record.scenario,
    live: { counts: live, ...ratesOf(live, results.length) },
    resampled: { counts: resampled, ...ratesOf(resampled, count) },
    starts: sound.length,
    noise: noiseOf(figureSeries(pooled, sound), rules),
    ...(canary.length === 0 ? {} : { canaryP99: spreadOf(canary) }),
    ...(lag.length === 0 ? {} : { startLagP99: spreadOf(lag) }),
  };
}

function countsOf(kinds: readonly AbVerdictKind[]): VerdictCounts {
  const of = (kind: AbVerdictKind) => kinds.filter((one) => one === kind).length;
  return {
    REGRESSED: of("REGRESSED"),
    IMPROVED: of("IMPROVED"),
    EQUIVALENT: of("EQUIVALENT"),
    INCONCLUSIVE: of("INCONCLUSIVE"),
    INVALID: of("INVALID"),
  };
}

export function rateOf(count: number, of: number): Rate {
  return { count, of, ...binomialInterval(count, of) };
}

function ratesOf(counts: VerdictCounts, of: number): { readonly regressed: Rate; readonly inconclusive: Rate } {
  return { regressed: rateOf(counts.REGRESSED, of), inconclusive: rateOf(counts.INCONCLUSIVE, of) };
}

function noiseOf(series: readonly FigureSeries[], rules: AbRules): FigureNoise[] {
  // The last look of the comparison that was planned: two one-sided tests.
  const level = levelAt(2 * rules.equivalenceAlpha, rules.mostStarts, rules);
  return series.flatMap(({ key, gated, points }) => {
    const { kept, outliers } = keepOrdinary(points.map(({ logRatio }) => logRatio));
    const known = intervalAt(kept, 0);
    if (known === undefined) return [];
    const { sd } = known;
    // Where fewer starts were planned than the first look needs, there is no look, and nothing can be shown.
    const isShown = level > 0;
    const detectable = isShown ? minimumDetectableEffect({ sd, count: rules.mostStarts, alpha: level }) : Number.NaN;
    const needed = isShown ? countNeeded({ sd, alpha: level }, Math.log(1 + rules.margin), MOST_STARTS) : undefined;
    return [
      {
        ...key,
        name: figureName(key),
        gated,
        starts: points.length,
        spread: sd,
        outliers: outliers.length,
        ratio: Math.exp(known.mean),
        startsNeeded: needed,
        margin: Math.expm1(detectable),
      },
    ];
  });
}

function spreadOf(values: readonly number[]): Spread {
  const p95 = quantile(values, 0.95);
  return {
    p50: quantile(values, 0.5),
    p95,
    max: Math.max(...values),
    limit: Math.max(SHORTEST_LIMIT_MS, Math.ceil(2 * p95)),
  };
}
