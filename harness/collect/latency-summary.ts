import { quantileBounds } from "./histogram.ts";
import type { HistogramRecord, LatencySummary } from "./record.ts";

/** Percentiles as upper bucket edges: what is inside a budget here is inside it in truth. */
export function latencyOfHistogram(histogram: HistogramRecord): LatencySummary {
  const upper = (q: number) => quantileBounds(histogram, q)?.upper ?? 0;
  return {
    count: histogram.count,
    mean: histogram.count === 0 ? 0 : histogram.sum / histogram.count,
    min: histogram.min,
    max: histogram.max,
    p50: upper(0.5),
    p90: upper(0.9),
    p95: upper(0.95),
    p99: upper(0.99),
  };
}
