/**
 * Where a history of runs changed its level: which run was the first of the new one, how sure that is, and by how much. For
 * triage of a long series, not for the gate of one pull request: a change is seen only when a few runs of the new level are
 * there.
 */
import { EMPTY_HISTOGRAM, mergeHistograms, quantileBounds } from "../collect/histogram.ts";
import type { HistogramRecord } from "../collect/record.ts";
import { type Distance, eDivisive } from "./stats/e-divisive.ts";
import { median } from "./stats/moments.ts";
import { seededRandom } from "./stats/random.ts";
import { wasserstein } from "./stats/wasserstein.ts";

export interface ChangeRules {
  /** Of one series: the chance that a series without a change shows one. */
  readonly alpha: number;
  /** Runs that a level needs at least; fewer are an outlier, and no level. */
  readonly minimumSegment: number;
  /**
   * Changes smaller than this share are joined again. Scalars: |ln(after ÷ before)|; distributions: the mean distance that
   * their values moved, in ln(value).
   */
  readonly minimumChange: number;
  readonly permutations: number;
  readonly seed: number;
}

/** docs/statistics.md has the simulations behind these figures. */
export const CHANGE_RULES: ChangeRules = {
  alpha: 0.01,
  minimumSegment: 4,
  minimumChange: 0.02,
  permutations: 999,
  seed: 7,
};

/** One run, in the order of time. */
export interface ScalarPoint {
  readonly value: number;
}

export interface DistributionPoint {
  readonly histogram: HistogramRecord;
}

/** `Level` is what is said of each side: a median of scalars, quantiles of a distribution. */
export interface ChangePoint<Level> {
  /** The first run of the new level. */
  readonly index: number;
  /** By permutation, before the correction for the number of series; never 0. */
  readonly p: number;
  /** As in ChangeRules.minimumChange; scalars with its sign. */
  readonly change: number;
  readonly before: Level;
  readonly after: Level;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Changes of one figure of every run. Compared by ratio where all values are above 0, else by difference, whose share is
 * told from the larger side.
 */
export function findChangePoints(
  points: readonly ScalarPoint[],
  rules: ChangeRules = CHANGE_RULES,
): ChangePoint<number>[] {
  const values = points.map(({ value }) => value);
  const isRatio = values.every((value) => value > 0);
  const scaled = isRatio ? values.map(Math.log) : values;
  return levels(points.length, rules, {
    distance: (i, j) => Math.abs((scaled[i] ?? 0) - (scaled[j] ?? 0)),
    levelOf: (from, to) => median(values.slice(from, to)),
    change: (before, after) =>
      isRatio ? Math.log(after / before) : (after - before) / (Math.max(Math.abs(before), Math.abs(after)) || 1),
  });
}

/**
 * Changes of whole distributions: also those that leave the median, or any other one figure, where it was. A run without
 * a value has no distribution, and must not be among the points.
 */
export function findDistributionShifts(
  points: readonly DistributionPoint[],
  rules: ChangeRules = CHANGE_RULES,
): ChangePoint<Quantiles>[] {
  const histograms = points.map(({ histogram }) => histogram);
  const at = (index: number) => histograms[index] ?? EMPTY_HISTOGRAM;
  const found = levels(points.length, rules, {
    distance: (i, j) => wasserstein(at(i), at(j)),
    levelOf: (from, to) => mergeHistograms(histograms.slice(from, to)),
    change: wasserstein,
  });
  return found.map((point) => ({ ...point, before: quantilesOf(point.before), after: quantilesOf(point.after) }));
}

interface Series<Level> {
  readonly distance: Distance;
  levelOf(from: number, to: number): Level;
  change(before: Level, after: Level): number;
}

/**
 * Splits by E-divisive; then, as long as the smallest change is below the minimum, the two levels beside it are joined
 * and the others measured anew. Fleming et al., "Hunter", arXiv:2301.03034, section 3.
 */
function levels<Level>(count: number, rules: ChangeRules, series: Series<Level>): ChangePoint<Level>[] {
  let splits = eDivisive(count, series.distance, { ...rules, random: seededRandom(rules.seed) });
  for (;;) {
    const found = splits.map(({ index, p }, place) => {
      const before = series.levelOf(splits[place - 1]?.index ?? 0, index);
      const after = series.levelOf(index, splits[place + 1]?.index ?? count);
      return { index, p, change: series.change(before, after), before, after };
    });
    const sizes = found.map(({ change }) => Math.abs(change));
    const smallest = Math.min(...sizes);
    if (!(smallest < rules.minimumChange)) return found;
    splits = splits.toSpliced(sizes.indexOf(smallest), 1);
  }
}

function quantilesOf(histogram: HistogramRecord): Quantiles {
  const at = (p: number) => {
    const { lower, upper } = quantileBounds(histogram, p) ?? { lower: Number.NaN, upper: Number.NaN };
    return lower > 0 ? Math.sqrt(lower * upper) : (lower + upper) / 2;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
