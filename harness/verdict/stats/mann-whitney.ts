import { normalTail } from "./normal.ts";
import { doubledRanks, MOST_EXACT, sumOfDrawn, tieTerm } from "./ranks.ts";

/**
 * Two-sided test of "b is as often larger than a as smaller", on ranks: u counts the pairs with b above a (ties a half).
 * Exact, ties included: p is the share of all ways to deal the values out whose u lies as far from its mean; with more
 * than 60 values the normal approximation with corrections for ties and continuity.
 * Mann and Whitney, Annals of Mathematical Statistics 18 (1947); Streitberg and Röhmel, Statistical Software Newsletter 12 (1986).
 *
 * p is NaN where a side is empty.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): { readonly u: number; readonly p: number } {
  const [n, m] = [a.length, b.length];
  const total = n + m;
  const ranks = doubledRanks([...a, ...b]);
  const doubledSum = ranks.slice(n).reduce((sum, rank) => sum + rank, 0);
  const u = (doubledSum - m * (m + 1)) / 2;
  if (n === 0 || m === 0) {
    return { u, p: Number.NaN };
  }
  if (total > MOST_EXACT) {
    const spread = Math.sqrt(((n * m) / 12) * (total + 1 - tieTerm(ranks) / (total * (total - 1))));
    // Below 0 where u is its mean, as it is where all values are equal and there is no spread: p is 1.
    const distance = Math.abs(u - (n * m) / 2) - 0.5;
    return { u, p: Math.min(1, 2 * normalTail(distance / spread)) };
  }
  const chances = sumOfDrawn(ranks, m);
  const centre = m * (total + 1);
  const distance = Math.abs(doubledSum - centre);
  const p = chances.reduce((sum, chance, rankSum) => (Math.abs(rankSum - centre) >= distance ? sum + chance : sum), 0);
  return { u, p: Math.min(1, p) };
}
