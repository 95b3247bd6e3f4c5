import { mean, variance } from "./moments.ts";
import { studentDistribution, studentQuantile } from "./student-t.ts";

/** A mean with its two-sided interval, in the unit of the values. */
export interface MeanInterval {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
  /** Standard deviation of one value: divided by n − 1. */
  readonly sd: number;
  readonly count: number;
}

/**
 * Mean ± t(n − 1) · s / √n at any level, for instance 1 − α of one look in a sequential plan.
 * Undefined for fewer than two values, and where one is not finite. https://en.wikipedia.org/wiki/Student%27s_t-test#One-sample_t-test
 */
export function meanInterval(values: readonly number[], confidence: number): MeanInterval | undefined {
  const count = values.length;
  if (count < 2 || !values.every(Number.isFinite)) {
    return undefined;
  }
  const centre = mean(values);
  const sd = Math.sqrt(variance(values));
  const half = (studentQuantile((1 + confidence) / 2, count - 1) * sd) / Math.sqrt(count);
  return { mean: centre, lower: centre - half, upper: centre + half, sd, count };
}

/** The two-sided p of "the true mean is `hypothesis`" by Student's t; 1 where all values equal it, NaN for fewer than two. */
export function meanTest(values: readonly number[], hypothesis = 0): number {
  return 2 * studentDistribution(-Math.abs(studentised(values, hypothesis)), values.length - 1);
}

/**
 * Equivalence by two one-sided tests: the larger of the p of "the true mean is at most −margin" and "… at least +margin".
 * Below α exactly where the 1 − 2α interval of the mean lies inside ±margin. Schuirmann, Journal of Pharmacokinetics and
 * Biopharmaceutics 15 (1987). NaN for fewer than two values.
 */
export function equivalenceTest(values: readonly number[], margin: number): number {
  const degrees = values.length - 1;
  return Math.max(
    studentDistribution(-studentised(values, -margin), degrees),
    studentDistribution(studentised(values, margin), degrees),
  );
}

function studentised(values: readonly number[], hypothesis: number): number {
  const distance = mean(values) - hypothesis;
  return distance === 0 ? 0 : distance / Math.sqrt(variance(values) / values.length);
}
