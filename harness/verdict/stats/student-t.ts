import { regularisedBeta } from "./beta.ts";
import { bisectUp } from "./bisection.ts";

/** The p-quantile (0 < p < 1) with `degrees` > 0 degrees of freedom; NaN for anything else. */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1 && degrees > 0)) {
    return Number.NaN;
  }
  if (p === 0.5) {
    return 0;
  }
  // Symmetric: the tail is sought, which keeps its digits however small it is.
  const tail = Math.min(p, 1 - p);
  const distance = bisectUp(1, (t) => studentDistribution(-t, degrees) > tail);
  return p > 0.5 ? distance : -distance;
}

/**
 * P(T ≤ t): 1 − ½ I_x(ν/2, ½) with x = ν / (ν + t²) for t ≥ 0. https://dlmf.nist.gov/8.17. Below 0 it is the tail itself, which
 * keeps its digits however small it is.
 */
export function studentDistribution(t: number, degrees: number): number {
  const tail = 0.5 * regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  return t < 0 ? tail : 1 - tail;
}
