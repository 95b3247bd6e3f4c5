import { type MeanInterval, meanInterval } from "../stats/mean-interval.ts";
import { median } from "../stats/moments.ts";

/** Further from the median than so many standard deviations (as the median absolute deviation tells them) … */
const OUTLYING = 8;
/** … and than this, on the scale of ln(head ÷ base): slow modes of a process are 70–90 %, noise is up to a few percent. */
const FAR = 0.2;
/** With more of them they are no exceptions, and every start counts. */
const MOST_OUTLIERS = 0.25;
/** A normal distribution's standard deviation ÷ its median absolute deviation. */
const PER_DEVIATION = 1.4826;

export interface KeptValues {
  readonly kept: readonly number[];
  /** Positions in `values` of those that are given no weight. */
  readonly outliers: readonly number[];
}

/**
 * Values without those that something else happened to: a process that stayed in a slow mode, a pause of the machine.
 * A hard rejection rule about the median (Hampel, "The breakdown points of the mean combined with some rejection rules",
 * Technometrics 27 (1985)), with a width at which it leaves noise alone. It treats both directions alike, so that it
 * favours no side; docs/adr/0021 has what it does to the error rates, and what trimmed means and ranks do.
 */
export function keepOrdinary(values: readonly number[]): KeptValues {
  const centre = median(values);
  const deviation = PER_DEVIATION * median(values.map((value) => Math.abs(value - centre)));
  const limit = Math.max(FAR, OUTLYING * deviation);
  const outliers = values.flatMap((value, index) => (Math.abs(value - centre) > limit ? [index] : []));
  return outliers.length > MOST_OUTLIERS * values.length
    ? { kept: values, outliers: [] }
    : { kept: values.filter((_, index) => !outliers.includes(index)), outliers };
}

/** The interval at a two-sided level, which is the chance that it misses; without an end where nothing may be missed. */
export function intervalAt(values: readonly number[], level: number): MeanInterval | undefined {
  if (level > 0) return meanInterval(values, 1 - level);
  const known = meanInterval(values, 0.5);
  return known === undefined
    ? undefined
    : { ...known, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
}
