import { median } from "./moments.ts";
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
  let sum = 0;
  for (let lag = 1; lag < n; lag++) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * autocorrelation ** lag;
  const factor = 1 + (2 * sum) / (n * (n - 1) * (n - 2));
  return { ...theilSen(medians, factor), autocorrelation, blocks: n };
}

/** The medians of each of so many stretches of equal length; empty ones are left out. */
function blockMedians(points: readonly Point[], blocks: number): Point[] {
  const xs = points.map(([x]) => x);
  const from = xs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const length = (xs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - from) / blocks;
  if (!(length > 0)) return [];
  const stretches = Array.from({ length: blocks }, (): Point[] => []);
  for (const point of points) stretches[Math.min(blocks - 1, Math.floor((point[0] - from) / length))]?.push(point);
  return stretches.flatMap((stretch): Point[] =>
    stretch.length === 0 ? [] : [[median(stretch.map(([x]) => x)), median(stretch.map(([, y]) => y))]],
  );
}

/** First-order autocorrelation, at least 0: what makes an interval narrower is not believed. */
function likeness(residuals: readonly number[]): number {
  const n = residuals.length;
  const mean = residuals.reduce((sum, value) => sum + value, 0) / n;
  const off = residuals.map((value) => value - mean);
  const variance = off.reduce((sum, value) => sum + value * value, 0);
  if (variance === 0) return 0;
  const covariance = off.slice(1).reduce((sum, value, index) => sum + value * (off[index] ?? 0), 0);
  const freed = ((covariance / variance) * n + 2) / (n - 4);
  return Math.min(MOST_ALIKE, Math.max(0, freed));
}
