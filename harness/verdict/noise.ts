import { median } from "./stats/moments.ts";
import { type MeanDesign, minimumDetectableEffect } from "./stats/power.ts";

/** How much a figure differs from run to run of the same: standard deviation of its logarithm. */
export interface Noise {
  readonly sd: number;
  /** It was seen in. */
  readonly runs: number;
}

/** With fewer, what is called noise is luck. */
export const FEWEST_FOR_NOISE = 5;

/** Median of |x| of a standard normal number: what makes a median of absolute values a standard deviation. */
const MEDIAN_OF_HALF_NORMAL = 0.674_489_750_196_081_7;

/**
 * From a history in the order of its runs: the median distance between neighbours, so that neither a drift nor a change
 * of level counts as noise. The median absolute successive difference; see von Neumann et al., Annals of Mathematical
 * Statistics 12 (1941), for the mean square form. Undefined for fewer than five values, and where one is not above 0.
 */
export function noiseOf(history: readonly number[]): Noise | undefined {
  if (history.length < FEWEST_FOR_NOISE || !history.every((value) => value > 0)) return undefined;
  const logs = history.map(Math.log);
  const steps = logs.slice(1).map((log, index) => Math.abs(log - (logs[index] ?? log)));
  return { sd: median(steps) / MEDIAN_OF_HALF_NORMAL / Math.SQRT2, runs: history.length };
}

/** The smallest change, as a share, that one run against one run would have shown in 8 of 10 cases. */
export function detectableByOne({ sd, runs }: Noise, alpha: number): number {
  return Math.expm1(detectableShift(sd * Math.SQRT2, runs - 1, alpha));
}

/** The smallest shift that is found in 8 of 10 cases where a difference has this standard error and its degrees of freedom. */
export function detectableShift(standardError: number, degrees: number, alpha: number): number {
  const count = degrees + 1;
  const design: MeanDesign = { sd: standardError * Math.sqrt(count), count, alpha };
  return minimumDetectableEffect(design);
}
