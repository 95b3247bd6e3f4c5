import type { BenchTime } from "../collect/micro-record.ts";

/** Quantiles by linear interpolation between closest ranks (Hyndman and Fan's type 7), like k6's own. All 0 when empty. */
export function summary(samples: readonly number[]): BenchTime {
  const sorted = Float64Array.from(samples).sort();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  return {
    mean: sorted.length === 0 ? 0 : total / sorted.length,
    min: sorted[0] ?? 0,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
  };
}

function quantile(sorted: Float64Array, q: number): number {
  const rank = q * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (rank - Math.floor(rank)) * (above - below);
}

/**
 * The median of counts, and the order statistics that enclose the true median with at least 95 %: the k-th smallest and
 * k-th largest, k the largest with 1 − 2·P(B(n, ½) < k) ≥ 0.95. Conover, Practical Nonparametric Statistics, 3rd ed.,
 * section 3.2. Undefined below six counts, where no such k exists.
 */
export function medianInterval(
  counts: readonly number[],
): { readonly median: number; readonly lower: number; readonly upper: number; readonly counts: number } | undefined {
  const n = counts.length;
  let below = 0.5 ** n;
  let k = 0;
  for (let term = 0.5 ** n; 2 * below <= 0.05; below += term) {
    k += 1;
    term = (term * (n - k + 1)) / k;
  }
  if (k === 0) {
    return undefined;
  }
  const sorted = Float64Array.from(counts).sort();
  return { median: quantile(sorted, 0.5), lower: sorted[k - 1] ?? 0, upper: sorted[n - k] ?? 0, counts: n };
}
