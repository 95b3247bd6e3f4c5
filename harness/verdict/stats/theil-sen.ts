import { median, sum } from "./moments.ts";
import { tieSizes } from "./ranks.ts";

/** A slope that outliers do not move, and its interval. */
export interface Slope {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** The 0.975-quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Theil-Sen: the median of the slopes between all pairs of points [x, y] of unlike x, with the 95 % interval of Sen, "Estimates
 * of the regression coefficient based on Kendall's tau", JASA 63 (1968), ties of x and y taken off its variance. Memory
 * grows with the square of the points. NaN where no two points differ in x.
 * @param varianceFactor how many times larger its variance is than that of independent points (serial-slope.ts).
 */
export function theilSen(points: readonly (readonly [x: number, y: number])[], varianceFactor = 1): Slope {
  const slopes: number[] = [];
  for (const [index, [x, y]] of points.entries()) {
    for (const [x2, y2] of points.slice(index + 1)) if (x2 !== x) slopes.push((y2 - y) / (x2 - x));
  }
  slopes.sort((a, b) => a - b);
  const last = slopes.length - 1;
  const at = (rank: number) => slopes[Math.min(last, Math.max(0, rank))] ?? Number.NaN;
  const ties = tied(points.map(([x]) => x)) + tied(points.map(([, y]) => y));
  const width = Z * Math.sqrt(((inversions(points.length) - ties) / 18) * varianceFactor);
  return {
    median: median(slopes),
    lower: at(Math.round((slopes.length - width) / 2) - 1),
    upper: at(Math.round((slopes.length + width) / 2)),
  };
}

function inversions(n: number): number {
  return n * (n - 1) * (2 * n + 5);
}

function tied(values: readonly number[]): number {
  return sum(tieSizes(values).map(inversions));
}
