import { mean, variance } from "./moments.ts";
import { studentDistribution, studentQuantile } from "./student-t.ts";

/** How far the mean of b lies above that of a, in the unit of the values. */
export interface Difference {
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
  readonly degrees: number;
  readonly p: number;
}

/**
 * Two means whose groups need not have the same spread: t with the degrees of freedom of Welch and Satterthwaite.
 * Welch, Biometrika 34 (1947). Undefined where a group has fewer than two values, or no value differs from another of its group.
 */
export function welch(a: readonly number[], b: readonly number[], confidence: number): Difference | undefined {
  const [errorA, errorB] = [variance(a) / a.length, variance(b) / b.length];
  const error = Math.sqrt(errorA + errorB);
  if (!(error > 0)) {
    return undefined;
  }
  const degrees = error ** 4 / (errorA ** 2 / (a.length - 1) + errorB ** 2 / (b.length - 1));
  const difference = mean(b) - mean(a);
  const half = studentQuantile((1 + confidence) / 2, degrees) * error;
  return {
    difference,
    lower: difference - half,
    upper: difference + half,
    degrees,
    p: 2 * studentDistribution(-Math.abs(difference) / error, degrees),
  };
}
