import { bisect } from "./bisection.ts";

/**
 * The regularised incomplete beta function, from which the distributions of Student, of the binomial and of the order
 * statistics follow. https://dlmf.nist.gov/8.17; the continued fraction (8.17.22) is evaluated by the method of
 * Lentz (Press et al., Numerical Recipes, 3rd ed., section 6.4).
 */

/** I_x(a, b) for 0 ≤ x ≤ 1 and a, b > 0: the probability that a Beta(a, b) variable is at most x. */
export function regularisedBeta(x: number, a: number, b: number): number {
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges quickly only below the mean; above it the symmetric one is taken.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** The x at which I_x(a, b) = p, for 0 < p < 1. */
export function betaQuantile(p: number, a: number, b: number): number {
  return bisect(0, 1, (x) => regularisedBeta(x, a, b) < p);
}

/** For x below (a + 1) / (a + b + 2), where no denominator comes near 0; NaN where it does not converge: about √max(a, b) terms are needed. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 2000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) {
      return fraction;
    }
  }
  return Number.NaN;
}

/** ln Γ(x) for x > 0 by the Lanczos approximation, g = 7 and nine terms: about 15 digits. */
function logGamma(x: number): number {
  if (x < 0.5) {
    return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  }
  const shifted = x - 1;
  const series = LANCZOS.reduce((sum, term, index) => (index === 0 ? term : sum + term / (shifted + index)), 0);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series);
}

const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
] as const;
