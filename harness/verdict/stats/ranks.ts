/**
 * Ranks with ties, and the exact distributions of sums of ranks that the tests of Mann and Whitney and of Wilcoxon need.
 * All ranks are doubled: a midrank is then a whole number, and a sum can be an index.
 */

import { sum } from "./moments.ts";

/** Beyond so many values the exact distribution costs more than it says: the normal one is right to three digits there. */
export const MOST_EXACT = 60;

/** Twice the midrank of each value, in the order of the values. */
export function doubledRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => sorted.indexOf(value) + 1 + sorted.lastIndexOf(value) + 1);
}

/** How many values there are of each size: 1 of each where there is no tie. */
export function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

/** Σ (t³ − t) over the groups of equal values, t in each: what ties take off the variance of a rank statistic. */
export function tieTerm(values: readonly number[]): number {
  return sum(tieSizes(values).map((count) => count ** 3 - count));
}

/**
 * P(sum of ranks = index) when `size` of the ranks are drawn without replacement, all choices equally likely: counted by
 * adding one rank after the other, for every size and sum at once.
 */
export function sumOfDrawn(ranks: readonly number[], size: number): Float64Array {
  const largest = ranks.toSorted((a, b) => b - a).slice(0, size);
  const length = sum(largest) + 1;
  const table = Array.from({ length: size + 1 }, () => new Float64Array(length));
  (table[0] as Float64Array)[0] = 1;
  for (const [index, rank] of ranks.entries()) {
    for (let drawn = Math.min(index + 1, size); drawn > 0; drawn -= 1) {
      const [chances, before] = [table[drawn] as Float64Array, table[drawn - 1] as Float64Array];
      // Divided on the way, so that nothing overflows: the probability that this rank is the next to be drawn.
      const next = drawn / (index + 1);
      for (let total = 0; total < length; total += 1) chances[total] = (chances[total] ?? 0) * (1 - next);
      for (let total = rank; total < length; total += 1) {
        chances[total] = (chances[total] ?? 0) + next * (before[total - rank] ?? 0);
      }
    }
  }
  return table[size] as Float64Array;
}

/** P(sum of ranks = index) when each rank is taken or left with equal probability. */
export function sumOfSigned(ranks: readonly number[]): Float64Array {
  const chances = new Float64Array(sum(ranks) + 1);
  chances[0] = 1;
  for (const rank of ranks) {
    for (let total = chances.length - 1; total >= 0; total -= 1) {
      chances[total] = ((chances[total] ?? 0) + (chances[total - rank] ?? 0)) / 2;
    }
  }
  return chances;
}
