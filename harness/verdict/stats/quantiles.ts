import { regularisedBeta } from "./beta.ts";
import { binomialDistribution } from "./binomial.ts";
import { lastWhere } from "./bisection.ts";

/** Linear between the two nearest values, at p (n − 1): Hyndman and Fan's type 7, as k6 does. NaN of no values. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const lower = sorted[Math.floor(at)] ?? Number.NaN;
  return lower + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? Number.NaN) - lower);
}

/**
 * The values between which the p-quantile lies: exact order statistics of independent values, each end with half of the
 * error. Undefined where there are too few values for both ends (p95 needs 72, p99 368 at 95 %). Values that depend on
 * one another, as latencies in one run do, need movingBlockBootstrap. David and Nagaraja, Order Statistics, 3rd ed., 7.1.
 */
export function quantileInterval(
  values: readonly number[],
  p: number,
  confidence: number,
): { readonly lower: number; readonly upper: number } | undefined {
  const n = values.length;
  const tail = ((1 - confidence) / 2) * (1 + 1e-12);
  const sorted = values.toSorted((a, b) => a - b);
  // P(the l-th smallest lies above the quantile) = P(fewer than l below it); the same from above.
  const lower = sorted[lastWhere(n, (rank) => binomialDistribution(rank - 1, n, p) <= tail) - 1];
  const upper = sorted[n - lastWhere(n, (rank) => binomialDistribution(rank - 1, n, 1 - p) <= tail)];
  return lower === undefined || upper === undefined ? undefined : { lower, upper };
}

/**
 * A quantile as a weighted mean of all values, smoother than one or two of them: good for p50 to p95 of up to a few hundred
 * values, not for the far tail of wild ones. Harrell and Davis, Biometrika 69 (1982). NaN of no values.
 */
export function harrellDavis(values: readonly number[], p: number): number {
  const n = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  let total = n === 0 ? Number.NaN : 0;
  let before = 0;
  for (const [index, value] of sorted.entries()) {
    const below = regularisedBeta((index + 1) / n, (n + 1) * p, (n + 1) * (1 - p));
    total += (below - before) * value;
    before = below;
  }
  return total;
}
