import { splitHistogram } from "./histogram.ts";
import type { HistogramRecord } from "./record.ts";
import type { Gain, SeriesStore } from "./series-store.ts";
import { numberGains } from "./series-store.ts";

/** k6 exports once a second. */
export const EXPORT_MS = 1000;

/** A longer silence is no lost export: a clock that was set must not make a day of windows. */
const MOST_SHARED_SECONDS = 600;

/** The second of an export, when the first export with load came at `firstAt`. */
export function secondSince(firstAt: number, at: number): number {
  return Math.max(0, Math.round((at - firstAt) / EXPORT_MS));
}

/** The seconds that an export at `second` stands for, when the one before it was at `before` (−1 where it is the first). */
export function coveredSeconds(before: number, second: number): number[] {
  const first = Math.max(before + 1, second - MOST_SHARED_SECONDS + 1);
  return Array.from({ length: second - first + 1 }, (_, index) => first + index);
}

/** `value` in whole numbers as even as can be; the last has the rest, so that they add up. */
export function shareOut(value: number, parts: number): number[] {
  const each = Math.floor(value / parts);
  return Array.from({ length: parts }, (_, index) => (index === parts - 1 ? value - each * (parts - 1) : each));
}

/**
 * Seconds since the start of load. A sample reaches us with the export after the flush after it, so that its second is
 * known to about one: the first export with a request is second 0, and each later one is the multiple of a second that
 * is nearest, whatever the jitter of the timers.
 */
export interface Timeline {
  /** Epoch milliseconds; undefined when nothing was sent. */
  readonly start: number | undefined;
  /** Number of seconds that any export covers. */
  readonly seconds: number;
  secondOf(at: number): number;
  /**
   * Where an export is missing (a receiver that was away) the next one brings the gain of several seconds: it is shared
   * out evenly over them. The shares add up to the gain.
   */
  share(gain: Gain<number>): { readonly second: number; readonly value: number }[];
  /** The same for the values of a trend. */
  shareValues(gain: Gain<HistogramRecord>): { readonly second: number; readonly value: HistogramRecord }[];
}

export function createTimeline(store: SeriesStore): Timeline {
  const load = ["http_reqs", "iterations"].flatMap((metric) => store.numbers(metric));
  let firstAt = Number.POSITIVE_INFINITY;
  let firstStart = Number.POSITIVE_INFINITY;
  for (const series of load) {
    for (const gain of numberGains(series)) firstAt = Math.min(firstAt, gain.at);
    for (const point of series.points) firstStart = Math.min(firstStart, point.start);
  }
  const secondOf = (at: number) => secondSince(firstAt, at);
  if (!Number.isFinite(firstAt)) {
    return { start: undefined, seconds: 0, secondOf: () => 0, share: () => [], shareValues: () => [] };
  }
  const seen = [
    ...new Set(
      store
        .exportTimes()
        .filter((at) => at >= firstAt)
        .map(secondOf),
    ),
  ].sort((a, b) => a - b);
  const before = new Map(seen.map((second, index) => [second, seen[index - 1] ?? -1]));
  const covered = (at: number) => {
    const second = secondOf(at);
    return coveredSeconds(before.get(second) ?? second - 1, second);
  };
  return {
    // An instrument is made at the flush that brings its first sample, which is at most one flush older (200 ms).
    start: Math.min(firstStart, firstAt - EXPORT_MS),
    seconds: (seen.at(-1) ?? -1) + 1,
    secondOf,
    share(gain) {
      const seconds = covered(gain.at);
      const shares = shareOut(gain.value, seconds.length);
      return seconds.map((second, index) => ({ second, value: shares[index] ?? 0 }));
    },
    shareValues(gain) {
      const seconds = covered(gain.at);
      return splitHistogram(gain.value, seconds.length).flatMap((value, index) => {
        const second = seconds[index];
        return second === undefined || value.count === 0 ? [] : [{ second, value }];
      });
    },
  };
}
