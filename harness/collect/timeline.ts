import type { Gain, SeriesStore } from "./series-store.ts";
import { numberGains } from "./series-store.ts";

/** k6 exports once a second. */
const EXPORT_MS = 1000;

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
  /** The seconds that an export stands for. */
  covered(at: number): readonly number[];
}

export function createTimeline(store: SeriesStore): Timeline {
  const load = ["http_reqs", "iterations"].flatMap((metric) => store.numbers(metric));
  let firstAt = Number.POSITIVE_INFINITY;
  let firstStart = Number.POSITIVE_INFINITY;
  for (const series of load) {
    for (const gain of numberGains(series)) firstAt = Math.min(firstAt, gain.at);
    for (const point of series.points) firstStart = Math.min(firstStart, point.start);
  }
  const secondOf = (at: number) => Math.max(0, Math.round((at - firstAt) / EXPORT_MS));
  if (!Number.isFinite(firstAt)) {
    return { start: undefined, seconds: 0, secondOf: () => 0, share: () => [], covered: () => [] };
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
    const last = secondOf(at);
    const first = (before.get(last) ?? last - 1) + 1;
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  };
  return {
    // An instrument is made at the flush that brings its first sample, which is at most one flush older (200 ms).
    start: Math.min(firstStart, firstAt - EXPORT_MS),
    seconds: (seen.at(-1) ?? -1) + 1,
    secondOf,
    covered,
    share(gain) {
      const seconds = covered(gain.at);
      const each = Math.floor(gain.value / seconds.length);
      return seconds.map((second, index) => ({
        second,
        value: index === seconds.length - 1 ? gain.value - each * (seconds.length - 1) : each,
      }));
    },
  };
}
