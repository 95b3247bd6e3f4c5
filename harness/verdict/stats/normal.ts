import { bisect } from "./bisection.ts";

/** The standard normal distribution. https://dlmf.nist.gov/7 */

/** P(Z > z), with all its digits however far out. */
export function normalTail(z: number): number {
  if (z < 0) {
    return 1 - normalTail(-z);
  }
  return z < 2.5 ? 0.5 - centralHalf(z) : density(z) / millsFraction(z);
}

/** P(Z ≤ z) */
export function normalDistribution(z: number): number {
  return normalTail(-z);
}

/** The z with P(Z ≤ z) = p, for 0 < p < 1; NaN for anything else. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) {
    return Number.NaN;
  }
  const tail = Math.min(p, 1 - p);
  const distance = bisect(0, 40, (z) => normalTail(z) > tail);
  return p < 0.5 ? -distance : distance;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** P(0 < Z ≤ z) = φ(z) (z + z³/3 + z⁵/(3·5) + …): every term is positive, so that no digit is lost (7.6.2); from the inside out. */
function centralHalf(z: number): number {
  return density(z) * z * ODD_DOWN.reduce((sum, odd) => 1 + ((z * z) / odd) * sum, 1);
}

/** z + 1/(z + 2/(z + 3/(z + …))), from the inside out (7.9.1). */
function millsFraction(z: number): number {
  return TERMS_DOWN.reduce((fraction, term) => z + term / fraction, z);
}

/** 79 to 3: for z below 2.5 the next term is below 1e-17 of the sum. */
const ODD_DOWN = Array.from({ length: 39 }, (_, index) => 79 - 2 * index);

/** 120 to 1: enough for all digits from 2.5 on. */
const TERMS_DOWN = Array.from({ length: 120 }, (_, index) => 120 - index);
