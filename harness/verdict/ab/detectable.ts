import { minimumDetectableEffect } from "../stats/power.ts";

const known = new Map<string, number>();

/**
 * The smallest true shift that four of five comparisons of `count` starts see at this two-sided level, in standard
 * deviations of one start. Infinity where nothing can be seen yet. Kept: thousands of replayed verdicts ask for the same few.
 */
export function detectableDeviations(count: number, level: number): number {
  if (!(level > 0)) return Number.POSITIVE_INFINITY;
  const key = `${count} ${level}`;
  const deviations = known.get(key) ?? minimumDetectableEffect({ sd: 1, count, alpha: level });
  known.set(key, deviations);
  return deviations;
}
