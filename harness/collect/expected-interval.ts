import { EMPTY_HISTOGRAM, mergeHistograms } from "./histogram.ts";
import type { HistogramRecord } from "./record.ts";

/** However far a value lies beyond the interval, so many requests that were not sent are made up for it at most. */
const MOST_MISSING = 100_000;

/**
 * What a closed loop would have measured if its users had not waited for a slow answer: HdrHistogram's rule
 * (copyCorrectedForCoordinatedOmission), by which a value v beyond the interval at which a user was expected to ask
 * stands for further values v − i, v − 2i, … down to i. Values are read as the upper edges of their buckets. An estimate:
 * nobody sent those requests.
 * @param intervalMs how often one user was expected to ask, in milliseconds.
 */
export function correctedForOmission(histogram: HistogramRecord, intervalMs: number): HistogramRecord {
  const { scale, offset, counts, max } = histogram;
  if (!(intervalMs > 0)) return histogram;
  const indexOf = (value: number) => Math.ceil(Math.log2(value) * 2 ** scale) - 1;
  const missing = new Map<number, number>();
  let sum = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [index, count] of counts.entries()) {
    const value = Math.min(max, 2 ** ((offset + index + 1) * 2 ** -scale));
    const steps = count === 0 ? 0 : Math.min(MOST_MISSING, Math.floor(value / intervalMs) - 1);
    for (let step = 1; step <= steps; step++) {
      const missed = value - step * intervalMs;
      missing.set(indexOf(missed), (missing.get(indexOf(missed)) ?? 0) + count);
      sum += missed * count;
      smallest = Math.min(smallest, missed);
    }
  }
  if (missing.size === 0) return histogram;
  const indexes = [...missing.keys()].sort((a, b) => a - b);
  const [lowest = 0] = indexes;
  const filled = new Array<number>((indexes.at(-1) ?? 0) - lowest + 1).fill(0);
  for (const [index, count] of missing) filled[index - lowest] = count;
  const added: HistogramRecord = {
    ...EMPTY_HISTOGRAM,
    scale,
    offset: lowest,
    counts: filled,
    count: filled.reduce((all, count) => all + count, 0),
    sum,
    min: smallest,
    max,
  };
  return mergeHistograms([histogram, added]);
}
