import { median } from "./moments.ts";
import { normalQuantile } from "./normal.ts";
import { MOST_EXACT, sumOfDrawn, sumOfSigned } from "./ranks.ts";

/** A shift that single wild values do not move, with its interval; in the unit of the values. */
export interface Shift {
  readonly shift: number;
  /** −Infinity (upper: Infinity) where there are too few values for an interval of that confidence. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * How far b lies above a: the median of all differences b − a, with the interval that the exact test of Mann and Whitney does
 * not reject (without ties; with ties it is wider than it need be). Beyond 60 values the normal approximation of its rank.
 * Hodges and Lehmann, Annals of Mathematical Statistics 34 (1963); Hollander and Wolfe, 3rd ed., sections 4.2 and 4.3.
 * NaN where a side is empty.
 */
export function hodgesLehmann(a: readonly number[], b: readonly number[], confidence: number): Shift {
  const [n, m] = [a.length, b.length];
  const differences = a.flatMap((x) => b.map((y) => y - x));
  if (n + m > MOST_EXACT) {
    return shiftOf(differences, normalRank((n * m) / 2, (n * m * (n + m + 1)) / 12, confidence));
  }
  const ranks = Array.from({ length: n + m }, (_, index) => index + 1);
  // The sums of ranks start at m (m + 1) / 2, where u is 0.
  return shiftOf(differences, exactRank(sumOfDrawn(ranks, m).subarray((m * (m + 1)) / 2), confidence));
}

/**
 * The centre of paired differences: the median of the means of all pairs of them (each with itself too), with the interval
 * that the exact signed-rank test does not reject. Hollander and Wolfe, 3rd ed., sections 3.2 and 3.3. NaN without a difference.
 */
export function hodgesLehmannPaired(differences: readonly number[], confidence: number): Shift {
  const n = differences.length;
  const means = differences.flatMap((x, index) => differences.slice(index).map((y) => (x + y) / 2));
  if (n > MOST_EXACT) {
    return shiftOf(means, normalRank(means.length / 2, (n * (n + 1) * (2 * n + 1)) / 24, confidence));
  }
  return shiftOf(means, exactRank(sumOfSigned(Array.from({ length: n }, (_, index) => index + 1)), confidence));
}

/** The k-th smallest and k-th largest are the ends; with k below 1 there is none. */
function shiftOf(values: readonly number[], k: number): Shift {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    shift: median(sorted),
    lower: sorted[k - 1] ?? Number.NEGATIVE_INFINITY,
    upper: sorted[sorted.length - k] ?? Number.POSITIVE_INFINITY,
  };
}

/** The largest k with P(statistic < k) ≤ (1 − confidence) / 2. */
function exactRank(chances: Float64Array, confidence: number): number {
  // 0.025 as computed from 0.95 must not exclude a tail of exactly 1/40.
  const tail = ((1 - confidence) / 2) * (1 + 1e-12);
  let below = 0;
  return chances.findIndex((chance) => {
    below += chance;
    return below > tail;
  });
}

function normalRank(centre: number, variance: number, confidence: number): number {
  return Math.floor(centre - normalQuantile((1 + confidence) / 2) * Math.sqrt(variance));
}
