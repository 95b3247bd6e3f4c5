import { bisectUp, lastWhere } from "./bisection.ts";
import { noncentralDistribution } from "./noncentral-t.ts";
import { studentQuantile } from "./student-t.ts";

/** A t test of a mean, two-sided at `alpha`, over `count` values (pairs, starts) of standard deviation `sd`. */
export interface MeanDesign {
  readonly sd: number;
  readonly count: number;
  /** Two-sided level: of one look, and of one figure of the family. */
  readonly alpha: number;
}

/** Share of such comparisons that find a true mean of `effect`. Cohen, Statistical Power Analysis, 2nd ed., chapter 2. */
export function powerOfMean({ sd, count, alpha }: MeanDesign, effect: number): number {
  if (count < 2 || !(sd > 0)) {
    return count < 2 || effect === 0 ? 0 : 1;
  }
  const critical = studentQuantile(1 - alpha / 2, count - 1);
  const shift = (effect * Math.sqrt(count)) / sd;
  const below = noncentralDistribution(-critical, count - 1, shift);
  return 1 - noncentralDistribution(critical, count - 1, shift) + below;
}

/** The smallest true mean that is found with probability `power`, in the unit of sd; Infinity for fewer than two values. */
export function minimumDetectableEffect(design: MeanDesign, power = 0.8): number {
  if (design.count < 2 || !(design.sd > 0)) {
    return design.count < 2 ? Number.POSITIVE_INFINITY : 0;
  }
  return bisectUp(design.sd, (effect) => powerOfMean(design, effect) < power);
}

/**
 * The fewest values, at most `most`, with which a true mean of `effect` is found with probability `power`; undefined where
 * even `most` are too few. To show equivalence within ±m, give the distance that is left to the margin, m − |mean|.
 */
export function countNeeded(
  { sd, alpha }: Pick<MeanDesign, "sd" | "alpha">,
  effect: number,
  most: number,
  power = 0.8,
): number | undefined {
  const tooFew = lastWhere(most, (count) => powerOfMean({ sd, count, alpha }, effect) < power);
  return tooFew === most ? undefined : tooFew + 1;
}
