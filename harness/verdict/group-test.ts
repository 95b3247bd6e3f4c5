/** The statistics of two groups of runs: one logarithm of a figure for each run. */
import { hodgesLehmann } from "./stats/hodges-lehmann.ts";
import { holm } from "./stats/holm.ts";
import { mannWhitney } from "./stats/mann-whitney.ts";
import { mean } from "./stats/moments.ts";
import { welch } from "./stats/welch.ts";

export interface TwoSamples {
  readonly left: readonly number[];
  readonly right: readonly number[];
}

export interface Level {
  /** Of its interval. */
  readonly level: number;
  readonly p?: number;
}

/**
 * Holm: the i-th smallest of m is held against α/(m − i + 1), and gets the interval of that level; those that are not
 * rejected share the level at which the procedure stopped.
 */
export function holmLevels<Sample extends TwoSamples>(samples: readonly Sample[], alpha: number): Map<Sample, Level> {
  const m = samples.length;
  const raw = samples.map((sample) => testOf(sample, alpha / m).p);
  const corrected = holm(raw);
  const rejected = corrected.filter((p) => p <= alpha).length;
  const ranks = raw.map((_, index) => index).sort((a, b) => (raw[a] ?? 1) - (raw[b] ?? 1));
  return new Map(
    samples.map((sample, index) => {
      const rank = Math.min(ranks.indexOf(index), rejected, m - 1);
      return [sample, { level: alpha / (m - rank), p: corrected[index] ?? 1 }];
    }),
  );
}

export interface GroupTest {
  readonly test: "Mann-Whitney" | "Welch";
  readonly p: number;
  readonly interval: (level: number) => { readonly value: number; readonly lower: number; readonly upper: number };
}

/**
 * Ranks where so few runs can be significant at the strictest level of the family, else means of logarithms: which of the
 * two follows from the numbers of runs, before a figure was looked at.
 */
export function testOf({ left, right }: TwoSamples, strictest: number): GroupTest {
  if (2 / choose(left.length + right.length, left.length) <= strictest) {
    return {
      test: "Mann-Whitney",
      p: mannWhitney(left, right).p,
      interval: (level) => {
        const { shift, lower, upper } = hodgesLehmann(left, right, 1 - level);
        return { value: shift, lower, upper };
      },
    };
  }
  const difference = mean(right) - mean(left);
  return {
    test: "Welch",
    // Without any spread there is no t; how often chance alone would sort them so is known all the same.
    p: welch(left, right, 1 - strictest)?.p ?? mannWhitney(left, right).p,
    interval: (level) => {
      const found = welch(left, right, 1 - level);
      return { value: difference, lower: found?.lower ?? difference, upper: found?.upper ?? difference };
    },
  };
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i += 1) ways *= (n - k + i) / i;
  return ways;
}
