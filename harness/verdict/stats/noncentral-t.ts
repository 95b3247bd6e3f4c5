import { regularisedBeta } from "./beta.ts";
import { normalTail } from "./normal.ts";

/** Beyond it nothing of the distribution is left below any t of interest, and its first weight would underflow. */
const LARGEST_SHIFT = 37;

/**
 * P(T ≤ t) of the noncentral t distribution: what a t statistic is where the true mean lies `shift` standard errors from
 * the hypothesis. Lenth, "Cumulative distribution function of the non-central t distribution", Applied Statistics 38 (1989),
 * algorithm AS 243: a series of incomplete beta functions with Poisson weights.
 */
export function noncentralDistribution(t: number, degrees: number, shift: number): number {
  if (t < 0) {
    return 1 - noncentralDistribution(-t, degrees, -shift);
  }
  if (Math.abs(shift) > LARGEST_SHIFT) {
    return shift > 0 ? 0 : 1;
  }
  const x = (t * t) / (t * t + degrees);
  const half = (shift * shift) / 2;
  let even = Math.exp(-half);
  let odd = (even * shift * Math.SQRT2) / Math.sqrt(Math.PI);
  let total = 0;
  let left = 1 - even;
  for (let term = 0; term < 5000; term += 1) {
    total += even * regularisedBeta(x, term + 0.5, degrees / 2) + odd * regularisedBeta(x, term + 1, degrees / 2);
    if (left < 1e-13) {
      return normalTail(shift) + total / 2;
    }
    even *= half / (term + 1);
    odd *= half / (term + 1.5);
    left -= even;
  }
  return Number.NaN;
}
