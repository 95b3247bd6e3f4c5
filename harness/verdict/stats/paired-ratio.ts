import { CONFIDENCE } from "./growth.ts";
import { meanInterval } from "./mean-interval.ts";

export interface Ratio {
  readonly ratio: number;
  readonly lower: number;
  readonly upper: number;
  readonly pairs: number;
}

/**
 * Geometric mean of a[i] ÷ b[i] with its confidence interval: a paired t interval on the logarithms, so that what slows
 * both sides of a pair (another program, a warm processor) cancels out, and 2 and ½ are equally far from 1.
 * https://en.wikipedia.org/wiki/Student%27s_t-test#Dependent_t-test_for_paired_samples
 *
 * Undefined for fewer than three pairs, for lists of different lengths, and where a value is not above 0.
 */
export function pairedRatio(
  a: readonly number[],
  b: readonly number[],
  confidence: number = CONFIDENCE,
): Ratio | undefined {
  const n = a.length;
  const logs = a.map((value, index) => Math.log(value / (b[index] ?? Number.NaN)));
  const interval = n < 3 || b.length !== n ? undefined : meanInterval(logs, confidence);
  if (interval === undefined) {
    return undefined;
  }
  return {
    ratio: Math.exp(interval.mean),
    lower: Math.exp(interval.lower),
    upper: Math.exp(interval.upper),
    pairs: n,
  };
}
