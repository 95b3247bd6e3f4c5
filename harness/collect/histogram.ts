import type { HistogramRecord } from "./record.ts";

/** What a merge may hold before it goes to a coarser scale: at scale 6 (1.1 % wide) that is a range of 1 to 1,000. */
const MOST_BUCKETS = 640;

export const EMPTY_HISTOGRAM: HistogramRecord = {
  scale: 20,
  offset: 0,
  counts: [],
  zeroCount: 0,
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
};

/**
 * All values of all histograms in one, at the coarsest scale among them, or coarser where the range would need more
 * than 640 buckets. Associative and commutative (up to the rounding of `sum`).
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export function mergeHistograms(histograms: readonly HistogramRecord[]): HistogramRecord {
  const full = histograms.filter((histogram) => histogram.count > 0);
  const [first] = full;
  if (first === undefined) return EMPTY_HISTOGRAM;
  if (full.length === 1) return first;
  const ranges = full.flatMap((histogram) => range(histogram) ?? []);
  let scale = Math.min(...full.map((histogram) => histogram.scale));
  let lowest = lowestIndex(ranges, scale);
  let highest = highestIndex(ranges, scale);
  while (highest - lowest >= MOST_BUCKETS) {
    scale -= 1;
    lowest = lowestIndex(ranges, scale);
    highest = highestIndex(ranges, scale);
  }
  const counts = new Array<number>(ranges.length === 0 ? 0 : highest - lowest + 1).fill(0);
  for (const histogram of full) addCounts(counts, lowest, histogram, scale);
  return {
    scale,
    offset: ranges.length === 0 ? 0 : lowest,
    counts,
    zeroCount: total(full.map((histogram) => histogram.zeroCount)),
    count: total(full.map((histogram) => histogram.count)),
    sum: total(full.map((histogram) => histogram.sum)),
    min: Math.min(...full.map((histogram) => histogram.min)),
    max: Math.max(...full.map((histogram) => histogram.max)),
  };
}

/**
 * What came between two points of one cumulative series. A difference has no minimum and maximum of its own: they are
 * the edges of its first and last bucket, inside those of the later point.
 */
export function subtractHistogram(later: HistogramRecord, earlier: HistogramRecord): HistogramRecord {
  if (earlier.count === 0) return later;
  const scale = Math.min(later.scale, earlier.scale);
  const ranges = [later, earlier].flatMap((histogram) => range(histogram) ?? []);
  const lowest = lowestIndex(ranges, scale);
  const highest = highestIndex(ranges, scale);
  const counts = new Array<number>(ranges.length === 0 ? 0 : highest - lowest + 1).fill(0);
  addCounts(counts, lowest, later, scale);
  addCounts(counts, lowest, earlier, scale, -1);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const kept = first === -1 ? [] : counts.slice(first, last + 1).map((count) => Math.max(0, count));
  const zeroCount = Math.max(0, later.zeroCount - earlier.zeroCount);
  const count = zeroCount + total(kept);
  if (count === 0) return { ...EMPTY_HISTOGRAM, scale };
  const offset = first === -1 ? 0 : lowest + first;
  const lowerEdge = zeroCount > 0 || first === -1 ? Math.min(0, later.min) : edge(offset, scale);
  const upperEdge = first === -1 ? 0 : edge(offset + kept.length, scale);
  return {
    scale,
    offset,
    counts: kept,
    zeroCount,
    count,
    sum: Math.max(0, later.sum - earlier.sum),
    min: Math.max(later.min, lowerEdge),
    max: Math.min(later.max, upperEdge),
  };
}

/**
 * The values in so many parts, as even as can be (the last has the rest) and each of them a fair picture of the whole:
 * the values are dealt out in turn, smallest first. The counts of every bucket add up, and so does `sum`.
 */
export function splitHistogram(histogram: HistogramRecord, parts: number): HistogramRecord[] {
  if (parts === 1) return [histogram];
  const { scale, offset } = histogram;
  const dealt = Math.floor(histogram.count / parts) * parts;
  let left = histogram.sum;
  return Array.from({ length: parts }, (_, part) => {
    const isLast = part === parts - 1;
    // Of the values of rank `from` up to `from + count`: those of the own turn, and what does not go round.
    let from = 0;
    const take = (count: number) => {
      const [a, b] = [Math.min(from, dealt), Math.min(from + count, dealt)];
      const rest = isLast ? from + count - Math.max(from, dealt) : 0;
      from += count;
      return turnsBelow(b, part, parts) - turnsBelow(a, part, parts) + Math.max(0, rest);
    };
    const zeroCount = take(histogram.zeroCount);
    const counts = histogram.counts.map(take);
    const count = zeroCount + total(counts);
    if (count === 0) return { ...EMPTY_HISTOGRAM, scale };
    const sum = isLast ? left : (histogram.sum * count) / histogram.count;
    left -= sum;
    const first = counts.findIndex((one) => one > 0);
    const last = counts.findLastIndex((one) => one > 0);
    const lowerEdge = zeroCount > 0 ? histogram.min : edge(offset + first, scale);
    const upperEdge = first === -1 ? 0 : edge(offset + last + 1, scale);
    return {
      scale,
      offset: first === -1 ? 0 : offset + first,
      counts: first === -1 ? [] : counts.slice(first, last + 1),
      zeroCount,
      count,
      sum,
      min: Math.max(histogram.min, lowerEdge),
      max: Math.min(histogram.max, upperEdge),
    };
  });
}

/** How many of the ranks below `end` are dealt to this part. */
function turnsBelow(end: number, part: number, parts: number): number {
  return Math.floor((end + parts - 1 - part) / parts);
}

/**
 * Edges between which the quantile q (0…1) of the values lies, for the definition that k6 uses: linear interpolation
 * between the values of rank floor(q·(n−1)) and ceil(q·(n−1)). Undefined without values.
 */
export function quantileBounds(histogram: HistogramRecord, q: number): { lower: number; upper: number } | undefined {
  if (histogram.count === 0) return undefined;
  const rank = q * (histogram.count - 1);
  const low = bucketOfRank(histogram, Math.floor(rank));
  const high = bucketOfRank(histogram, Math.ceil(rank));
  return { lower: Math.max(histogram.min, low.lower), upper: Math.min(histogram.max, high.upper) };
}

function bucketOfRank(histogram: HistogramRecord, rank: number): { lower: number; upper: number } {
  let seen = histogram.zeroCount;
  if (rank < seen) return { lower: Math.min(0, histogram.min), upper: 0 };
  for (const [index, count] of histogram.counts.entries()) {
    seen += count;
    if (rank < seen) {
      const at = histogram.offset + index;
      return { lower: edge(at, histogram.scale), upper: edge(at + 1, histogram.scale) };
    }
  }
  return { lower: histogram.max, upper: histogram.max };
}

/** Lower edge of bucket `index`: base^index with base = 2^(2^-scale). */
function edge(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}

interface Range {
  readonly scale: number;
  readonly lowest: number;
  readonly highest: number;
}

/** First and last bucket that holds a value. */
function range(histogram: HistogramRecord): Range | undefined {
  const first = histogram.counts.findIndex((count) => count > 0);
  if (first === -1) return undefined;
  const last = histogram.counts.findLastIndex((count) => count > 0);
  return { scale: histogram.scale, lowest: histogram.offset + first, highest: histogram.offset + last };
}

function lowestIndex(ranges: readonly Range[], scale: number): number {
  return Math.min(...ranges.map((one) => coarser(one.lowest, one.scale - scale)));
}

function highestIndex(ranges: readonly Range[], scale: number): number {
  return Math.max(...ranges.map((one) => coarser(one.highest, one.scale - scale)));
}

/** The bucket that holds bucket `index` after `steps` steps to a coarser scale, each of which joins 2k and 2k + 1. */
function coarser(index: number, steps: number): number {
  return Math.floor(index / 2 ** steps);
}

function addCounts(counts: number[], lowest: number, histogram: HistogramRecord, scale: number, sign = 1): void {
  for (const [index, count] of histogram.counts.entries()) {
    if (count === 0) continue;
    const at = coarser(histogram.offset + index, histogram.scale - scale) - lowest;
    counts[at] = (counts[at] ?? 0) + sign * count;
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
