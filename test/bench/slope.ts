/** A slope that outliers do not move, and its interval. */
export interface Slope {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

const Z_95 = 1.96;

/**
 * Theil-Sen: the median of the slopes between all pairs, with the 95 % interval of Sen, "Estimates of the regression
 * coefficient based on Kendall's tau", JASA 63 (1968), for distinct x. Points are [x, y].
 */
export function theilSen(points: readonly (readonly [number, number])[]): Slope {
  const slopes: number[] = [];
  for (const [index, [x, y]] of points.entries()) {
    for (const [x2, y2] of points.slice(index + 1)) slopes.push((y2 - y) / (x2 - x));
  }
  slopes.sort((a, b) => a - b);
  const n = points.length;
  const width = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, rank))] ?? Number.NaN;
  const middle = (slopes.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    lower: at(Math.floor((slopes.length - width) / 2) - 1),
    upper: at(Math.ceil((slopes.length + width) / 2)),
  };
}
