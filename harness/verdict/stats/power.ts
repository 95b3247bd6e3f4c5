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
  let low = 0;
  let high = design.sd;
  while (powerOfMean(design, high) < power) high *= 2;
  // Forty halvings leave less than a millionth of a millionth.
  for (let step = 0; step < 44; step += 1) {
    const middle = (low + high) / 2;
    if (powerOfMean(design, middle) < power) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
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
  const enough = (count: number) => powerOfMean({ sd, count, alpha }, effect) >= power;
  if (!enough(most)) {
    return undefined;
  }
  let [tooFew, count] = [1, most];
  while (count - tooFew > 1) {
    const middle = Math.floor((tooFew + count) / 2);
    if (enough(middle)) count = middle;
    else tooFew = middle;
  }
  return count;
}
