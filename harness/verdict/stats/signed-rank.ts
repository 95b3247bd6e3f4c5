import { normalTail } from "./normal.ts";
import { doubledRanks, MOST_EXACT, sumOfSigned, tieTerm } from "./ranks.ts";

/**
 * Two-sided test of "differences are symmetric about 0": w is the sum of the ranks of the positive ones among all by size.
 * Differences of 0 are left out, as Wilcoxon did. Exact, ties included, over all signs; with more than 60 the normal
 * approximation with corrections for ties and continuity. Wilcoxon, Biometrics Bulletin 1 (1945).
 *
 * p is 1 where no difference is left.
 */
export function signedRank(differences: readonly number[]): { readonly w: number; readonly p: number } {
  const unequal = differences.filter((difference) => difference !== 0);
  const n = unequal.length;
  const ranks = doubledRanks(unequal.map(Math.abs));
  const doubled = ranks.reduce((sum, rank, index) => ((unequal[index] ?? 0) > 0 ? sum + rank : sum), 0);
  const centre = (n * (n + 1)) / 2;
  const distance = Math.abs(doubled - centre);
  if (n > MOST_EXACT) {
    const spread = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - tieTerm(ranks) / 48);
    return { w: doubled / 2, p: Math.min(1, 2 * normalTail((distance / 2 - 0.5) / spread)) };
  }
  const chances = sumOfSigned(ranks);
  const p = chances.reduce((sum, chance, rankSum) => (Math.abs(rankSum - centre) >= distance ? sum + chance : sum), 0);
  return { w: doubled / 2, p: Math.min(1, p) };
}
