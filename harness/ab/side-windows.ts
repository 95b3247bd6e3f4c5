import type { Pair, SideName } from "../collect/ab-record.ts";
import { mergeHistograms, quantileBounds, subtractHistogram } from "../collect/histogram.ts";
import type { MetricsExport, Point } from "../collect/otlp.ts";
import type { HistogramRecord } from "../collect/record.ts";

/** The warm-up as it comes in: requests of each side so far, and its medians by export, oldest first. */
export interface SideWindows {
  add(received: MetricsExport): void;
  requests(): Pair<number>;
  medians(): Pair<readonly number[]>;
}

/** Fewer in a window say nothing: the last export of a run holds what was left over. */
const FEWEST = 20;

/** Follows cumulative exports of k6: a window is what came between two of them. */
export function createSideWindows(): SideWindows {
  const last = new Map<string, Point>();
  const requests = { base: 0, head: 0 };
  const medians: Record<SideName, number[]> = { base: [], head: [] };
  return {
    add(received) {
      const gained: Record<SideName, HistogramRecord[]> = { base: [], head: [] };
      for (const point of received.points) {
        const side = point.attributes["side"];
        if (side !== "base" && side !== "head") continue;
        const before = last.get(point.series);
        if (before !== undefined && before.time >= point.time) continue;
        last.set(point.series, point);
        if (point.metric === "http_reqs" && point.kind === "sum" && point.attributes["phase"] === "warmup") {
          requests[side] += point.value - (before?.kind === "sum" ? before.value : 0);
        }
        if (point.metric !== "latency" || point.kind !== "histogram") continue;
        gained[side].push(before?.kind === "histogram" ? subtractHistogram(point.value, before.value) : point.value);
      }
      for (const side of ["base", "head"] as const) {
        const window = mergeHistograms(gained[side]);
        const bounds = quantileBounds(window, 0.5);
        // The middle of a bucket on the scale on which buckets are equal.
        if (bounds !== undefined && window.count >= FEWEST) medians[side].push(Math.sqrt(bounds.lower * bounds.upper));
      }
    },
    requests: () => ({ ...requests }),
    medians: () => medians,
  };
}

/** Windows that are held against as many before them. */
const SPAN = 4;
const TOLERANCE = 0.05;

/**
 * Has the median stopped to fall? The lowest of the last windows is not more than 5 % below the lowest of as many before
 * them. The lowest, since all that else happens on a machine only adds to a latency, and a busy warm-up multiplies it:
 * of 23 warm-ups on two shared cores the means of windows were within 5 % of each other after 13 s in the mean (five never
 * in 20 s), while the lowest had stopped to fall after 7 s (10 at most).
 */
export function isSteady(medians: readonly number[]): boolean {
  if (medians.length < 2 * SPAN) return false;
  const now = Math.min(...medians.slice(-SPAN));
  const before = Math.min(...medians.slice(-2 * SPAN, -SPAN));
  return now >= before * (1 - TOLERANCE);
}
