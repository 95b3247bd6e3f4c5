import { regularisedBeta } from "./beta.ts";

/** The p-quantile (0 < p < 1) with `degrees` > 0 degrees of freedom; NaN for anything else. */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1 && degrees > 0)) {
    return Number.NaN;
  }
  if (p === 0.5) {
    return 0;
  }
  // Symmetric: the upper half is sought, where the distribution function rises from 0.5 to 1.
  const upper = Math.max(p, 1 - p);
  let low = 0;
  let high = 1;
  while (studentDistribution(high, degrees) < upper && high < Number.MAX_VALUE / 2) {
    high *= 2;
  }
  // Bisection to the last bit: at most about 60 steps, and it cannot diverge.
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentDistribution(middle, degrees) < upper) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return p > 0.5 ? high : -high;
}

/**
 * P(T ≤ t): 1 − ½ I_x(ν/2, ½) with x = ν / (ν + t²) for t ≥ 0. https://dlmf.nist.gov/8.17. Below 0 it is the tail itself, which
 * keeps its digits however small it is.
 */
export function studentDistribution(t: number, degrees: number): number {
  const tail = 0.5 * regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  return t < 0 ? tail : 1 - tail;
}
