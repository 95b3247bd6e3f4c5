/** More points than a plot has pixels; a soak of hours would make a page of many megabytes. */
const MOST_POINTS = 900;

export interface Thinned {
  readonly xs: readonly number[];
  /** One list for each series. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Seconds that one point stands for. */
  readonly per: number;
}

/**
 * Of each stretch of seconds the largest value is kept: percentiles cannot be averaged, and what nobody may overlook is
 * the worst second.
 */
export function thin(xs: readonly number[], values: readonly (readonly (number | null)[])[]): Thinned {
  const per = Math.ceil(xs.length / MOST_POINTS);
  if (per <= 1) {
    return { xs, values, per: 1 };
  }
  const starts = xs.map((_, index) => index).filter((index) => index % per === 0);
  const largest = (list: readonly (number | null)[]) => {
    const numbers = list.filter((value) => value !== null);
    return numbers.length === 0 ? null : Math.max(...numbers);
  };
  return {
    xs: starts.map((start) => xs[start] ?? 0),
    values: values.map((list) => starts.map((start) => largest(list.slice(start, start + per)))),
    per,
  };
}

export function thinnedNote({ per }: Thinned): string {
  return per > 1 ? ` (largest of every ${per} s)` : "";
}

/** All seconds in order, those without any window too, so that a gap shows as a gap. */
export function secondsOf(present: Iterable<number>): number[] {
  const sorted = [...present].sort((a, b) => a - b);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined || last - first > 200_000) {
    return sorted;
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
