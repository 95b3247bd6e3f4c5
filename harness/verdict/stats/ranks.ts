/**
 * Ranks with ties, and the exact distributions of sums of ranks that the tests of Mann and Whitney and of Wilcoxon need.
 * All ranks are doubled: a midrank is then a whole number, and a sum can be an index.
 */

/** Beyond so many values the exact distribution costs more than it says: the normal one is right to three digits there. */
export const MOST_EXACT = 60;

/** Twice the midrank of each value, in the order of the values. */
export function doubledRanks(values: readonly number[]): number[] {
  const sorted = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to]?.value === sorted[from]?.value) to += 1;
    for (const { index } of sorted.slice(from, to)) ranks[index] = from + 1 + to;
  }
  return ranks;
}

/** Σ (t³ − t) over the groups of equal values, t in each: what ties take off the variance of a rank statistic. */
export function tieTerm(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((total, count) => total + count ** 3 - count, 0);
}

/**
 * P(sum of ranks = index) when `size` of the ranks are drawn without replacement, all choices equally likely: counted by
 * adding one rank after the other, for every size and sum at once.
 */
export function sumOfDrawn(ranks: readonly number[], size: number): Float64Array {
  const largest = ranks.toSorted((a, b) => b - a).slice(0, size);
  const length = largest.reduce((total, rank) => total + rank, 1);
  const table = Array.from({ length: size + 1 }, () => new Float64Array(length));
  at(table, 0)[0] = 1;
  for (const [index, rank] of ranks.entries()) {
    // Divided on the way, so that nothing overflows: the probability that this rank is the next to be drawn.
    for (let drawn = Math.min(index + 1, size); drawn >= 0; drawn -= 1) {
      const target = at(table, drawn);
      const without = 1 - drawn / (index + 1);
      for (let sum = 0; sum < length; sum += 1) target[sum] = (target[sum] ?? 0) * without;
      if (drawn === 0) continue;
      const source = at(table, drawn - 1);
      const within = drawn / (index + 1);
      for (let sum = rank; sum < length; sum += 1)
        target[sum] = (target[sum] ?? 0) + within * (source[sum - rank] ?? 0);
    }
  }
  return at(table, size);
}

/** P(sum of ranks = index) when each rank is taken or left with equal probability. */
export function sumOfSigned(ranks: readonly number[]): Float64Array {
  const chances = new Float64Array(ranks.reduce((total, rank) => total + rank, 1));
  chances[0] = 1;
  for (const rank of ranks) {
    for (let sum = chances.length - 1; sum >= 0; sum -= 1) {
      chances[sum] = ((chances[sum] ?? 0) + (chances[sum - rank] ?? 0)) / 2;
    }
  }
  return chances;
}

function at(table: readonly Float64Array[], row: number): Float64Array {
  const found = table[row];
  if (found === undefined) throw new RangeError(`no row ${row}`);
  return found;
}
