import { sum } from "./moments.ts";
import { studentQuantile } from "./student-t.ts";

export interface GrowthPoint {
  /** Both above 0. */
  readonly size: number;
  readonly value: number;
}

/** value ≈ factor · size^exponent, with the two-sided confidence interval of the exponent. */
export interface Growth {
  readonly exponent: number;
  readonly lower: number;
  readonly upper: number;
  readonly factor: number;
  readonly points: number;
}

/** Two-sided level of every interval that a verdict is made of. */
export const CONFIDENCE = 0.95;

/**
 * Ordinary least squares of ln value on ln size: slope ± t(n − 2) · s / √Σ(x − x̄)², with s² the residual variance.
 * Draper and Smith, Applied Regression Analysis, 3rd ed., section 1.4.
 *
 *   ln value │        ·
 *            │     ·        the slope is the exponent: 1 is linear, 2 quadratic
 *            │  ·
 *            └─────────── ln size
 *
 * Undefined for fewer than three sizes, and where a size or value is not above 0: a line through two points fits
 * always, and has no interval.
 */
export function fitGrowth(points: readonly GrowthPoint[], confidence: number = CONFIDENCE): Growth | undefined {
  const sizes = new Set(points.map((point) => point.size));
  const usable = points.every(({ size, value }) => size > 0 && value > 0 && Number.isFinite(size * value));
  if (sizes.size < 3 || !usable) {
    return undefined;
  }
  const n = points.length;
  const x = points.map((point) => Math.log(point.size));
  const y = points.map((point) => Math.log(point.value));
  const meanX = sum(x) / n;
  const meanY = sum(y) / n;
  const spread = sum(x.map((value) => (value - meanX) ** 2));
  const slope = sum(x.map((value, index) => (value - meanX) * (y[index] ?? 0))) / spread;
  const intercept = meanY - slope * meanX;
  const residual = sum(x.map((value, index) => ((y[index] ?? 0) - intercept - slope * value) ** 2));
  const error = Math.sqrt(residual / (n - 2) / spread);
  const half = studentQuantile((1 + confidence) / 2, n - 2) * error;
  return { exponent: slope, lower: slope - half, upper: slope + half, factor: Math.exp(intercept), points: n };
}
