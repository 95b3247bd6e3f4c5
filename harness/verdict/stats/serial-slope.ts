import { mean, median, sum } from "./moments.ts";
import { type Slope, theilSen } from "./theil-sen.ts";

export type Point = readonly [x: number, y: number];

/** A slope, and how alike neighbouring blocks are beside it: 0 independent, 1 the same. */
export interface SerialSlope extends Slope {
  readonly autocorrelation: number;
  readonly blocks: number;
}

/** Fewer blocks tell nothing about how alike neighbours are. */
const FEWEST_BLOCKS = 10;
/** Beyond this a series cannot be told from a random walk, and the interval is as wide as it gets. */
const MOST_ALIKE = 0.95;

/**
 * The slope of a series whose neighbouring values are alike: memory between two collections of garbage, a cache that
 * fills and empties. The series is cut into stretches of equal length, of which the medians count (most of a sawtooth
 * goes there), and Theil-Sen's interval over them is widened by what is left of likeness between neighbours: Hamed and
 * Rao, "A modified Mann-Kendall trend test for autocorrelated data", Journal of Hydrology 204 (1998), with a first-order
 * autocorrelation of the residuals, freed of its bias in short series (Kendall 1954). 95 %.
 *
 * Undefined where fewer than ten stretches hold a value.
 */
export function serialSlope(points: readonly Point[], blocks: number): SerialSlope | undefined {
  const medians = blockMedians(points, blocks);
  if (medians.length < FEWEST_BLOCKS) return undefined;
  const { median: slope } = theilSen(medians);
  const autocorrelation = likeness(medians.map(([x, y]) => y - slope * x));
  const n = medians.length;
  // Over all lags, of which each has `left` pairs.
  const weights = Array.from(
    { length: n },
    (_, left) => left * (left - 1) * (left - 2) * autocorrelation ** (n - left),
  );
  const factor = 1 + (2 * sum(weights)) / (n * (n - 1) * (n - 2));
  return { ...theilSen(medians, factor), autocorrelation, blocks: n };
}

/** The medians of each of so many stretches of equal length; empty ones are left out. None where all x are one: no point has a stretch. */
function blockMedians(points: readonly Point[], blocks: number): Point[] {
  const xs = points.map(([x]) => x);
  const from = xs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const length = (xs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - from) / blocks;
  const stretches = Array.from({ length: blocks }, (): Point[] => []);
  for (const point of points) stretches[Math.min(blocks - 1, Math.floor((point[0] - from) / length))]?.push(point);
  return stretches.flatMap((stretch): Point[] =>
    stretch.length === 0 ? [] : [[median(stretch.map(([x]) => x)), median(stretch.map(([, y]) => y))]],
  );
}

/** First-order autocorrelation, at least 0: what makes an interval narrower is not believed. */
function likeness(residuals: readonly number[]): number {
  const n = residuals.length;
  const centre = mean(residuals);
  const off = residuals.map((value) => value - centre);
  const variance = sum(off.map((value) => value * value));
  if (variance === 0) return 0;
  const covariance = sum(off.slice(1).map((value, index) => value * (off[index] ?? 0)));
  const freed = ((covariance / variance) * n + 2) / (n - 4);
  return Math.min(MOST_ALIKE, Math.max(0, freed));
}
