import { studentQuantile } from "../stats/student-t.ts";

/** A location with its standard error, on the scale of ln(head ÷ base). */
export interface Location {
  readonly centre: number;
  readonly error: number;
  readonly degrees: number;
}

export function locationOf(values: readonly number[]): Location {
  const n = values.length;
  const centre = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
  return { centre, error: Math.sqrt(variance / n), degrees: n - 1 };
}

/** Two-sided interval at `level`: the chance that it misses on either side. */
export function intervalOf({ centre, error, degrees }: Location, level: number): { lower: number; upper: number } {
  const half = studentQuantile(1 - level / 2, degrees) * error;
  return { lower: centre - half, upper: centre + half };
}
