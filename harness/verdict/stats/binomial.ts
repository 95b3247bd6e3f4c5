import { betaQuantile, regularisedBeta } from "./beta.ts";

/** A share with its two-sided interval. */
export interface Share {
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The exact interval of a share, never narrower than it says. Clopper and Pearson, Biometrika 26 (1934). Without a trial
 * everything from 0 to 1 is possible, and the share is no number.
 */
export function binomialInterval(successes: number, trials: number, confidence = 0.95): Share {
  const tail = (1 - confidence) / 2;
  return {
    share: successes / trials,
    lower: successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    upper: successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes),
  };
}

/** P(X ≤ k) of `trials` trials that each succeed with probability p. https://dlmf.nist.gov/8.17#E5 */
export function binomialDistribution(k: number, trials: number, p: number): number {
  return k < 0 ? 0 : k >= trials ? 1 : regularisedBeta(1 - p, trials - k, k + 1);
}
