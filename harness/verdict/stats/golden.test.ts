import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { HistogramRecord } from "../../collect/record.ts";
import { type Look, type Spending, sequentialLooks } from "./alpha-spending.ts";
import { betaQuantile, regularisedBeta } from "./beta.ts";
import { binomialInterval } from "./binomial.ts";
import { movingBlockBootstrap } from "./block-bootstrap.ts";
import { eDivisive } from "./e-divisive.ts";
import { hodgesLehmann, hodgesLehmannPaired } from "./hodges-lehmann.ts";
import { holm } from "./holm.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { equivalenceTest, meanInterval, meanTest } from "./mean-interval.ts";
import { warmupCut } from "./mser.ts";
import { normalDistribution, normalQuantile, normalTail } from "./normal.ts";
import { countNeeded, minimumDetectableEffect, powerOfMean } from "./power.ts";
import { harrellDavis, quantile, quantileInterval } from "./quantiles.ts";
import { signedRank } from "./signed-rank.ts";
import { studentDistribution } from "./student-t.ts";
import { wasserstein } from "./wasserstein.ts";
import { welch } from "./welch.ts";

type Values = readonly number[];
interface Ends {
  readonly lower: number | null;
  readonly upper: number | null;
}
interface Golden {
  readonly normal: readonly { z: number; tail: number }[];
  readonly normalQuantiles: readonly { p: number; z: number }[];
  readonly beta: readonly { a: number; b: number; x: number; value: number }[];
  readonly student: readonly { t: number; degrees: number; below: number }[];
  readonly means: readonly {
    values: Values;
    confidence: number;
    margin: number;
    mean: number;
    sd: number;
    lower: number;
    upper: number;
    p: number;
    equivalence: number;
  }[];
  readonly powers: readonly { sd: number; count: number; alpha: number; effect: number; power: number }[];
  readonly shares: readonly { successes: number; trials: number; lower: number; upper: number }[];
  readonly sequential: readonly { fractions: Values; alpha: number; spending: Spending; looks: readonly Look[] }[];
  readonly holm: readonly { p: Values; corrected: Values }[];
  readonly mannWhitney: readonly { a: Values; b: Values; u: number; p: number }[];
  readonly signedRank: readonly { differences: Values; w: number; p: number }[];
  readonly hodgesLehmann: readonly (Ends & { a: Values; b: Values; confidence: number; shift: number })[];
  readonly hodgesLehmannPaired: readonly (Ends & { differences: Values; confidence: number; shift: number })[];
  readonly welch: readonly {
    a: Values;
    b: Values;
    confidence: number;
    difference: number;
    lower: number;
    upper: number;
    degrees: number;
    p: number;
  }[];
  readonly quantilesOf: readonly {
    values: Values;
    p: number;
    confidence: number;
    linear: number;
    harrellDavis: number;
    interval: { lower: number; upper: number } | null;
  }[];
  readonly blockBootstrap: readonly {
    values: Values;
    block: number;
    resamples: number;
    confidence: number;
    uniforms: Values;
    lower: number;
    upper: number;
  }[];
  readonly mser: readonly { values: Values; cut: number | null }[];
  readonly divisive: readonly { values: Values; minimum: number; quality: number; index: number | null }[];
  readonly wasserstein: readonly { a: HistogramRecord; b: HistogramRecord; distance: number }[];
}

/** Written by test/fixtures/statistics/golden.py: SciPy, and brute force where it has nothing. */
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/statistics/golden.json", import.meta.url), "utf8"),
);
const near = (actual: number | undefined, expected: number) => {
  if (actual === expected) return;
  expect(Math.abs((actual ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-9);
};
/** JSON has no infinity. */
const nearEnds = (actual: { lower: number; upper: number }, expected: Ends) => {
  near(actual.lower, expected.lower ?? Number.NEGATIVE_INFINITY);
  near(actual.upper, expected.upper ?? Number.POSITIVE_INFINITY);
};

describe("distributions", () => {
  it.each(golden.normal)("the normal tail beyond $z, to the last digits of a small one", ({ z, tail }) => {
    expect(Math.abs(normalTail(z) / tail - 1)).toBeLessThan(1e-9);
    near(normalDistribution(-z), tail);
  });

  it.each(golden.normalQuantiles)("the normal quantile of $p", ({ p, z }) => near(normalQuantile(p), z));

  it("have no normal quantile outside of 0 to 1", () => {
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(NaN)]).toEqual([NaN, NaN, NaN]);
    expect([normalQuantile(-1), normalQuantile(2)]).toEqual([NaN, NaN]);
  });

  it.each(golden.beta)("the incomplete beta function at $x for $a and $b, and back", ({ a, b, x, value }) => {
    near(regularisedBeta(x, a, b), value);
    if (value > 1e-6 && value < 1 - 1e-6) near(betaQuantile(value, a, b), x);
  });

  it.each(golden.student)("Student's t below $t with $degrees degrees", ({ t, degrees, below }) => {
    near(studentDistribution(t, degrees), below);
  });

  it.each(golden.shares)("the exact interval of $successes in $trials", ({ successes, trials, ...expected }) => {
    const found = binomialInterval(successes, trials);
    near(found.lower, expected.lower);
    near(found.upper, expected.upper);
    expect(found.share).toBe(successes / trials);
  });
});

describe("one mean", () => {
  it.each(golden.means)("interval, test and equivalence at $confidence within $margin", (expected) => {
    const found = meanInterval(expected.values, expected.confidence);
    near(found?.mean, expected.mean);
    near(found?.sd, expected.sd);
    near(found?.lower, expected.lower);
    near(found?.upper, expected.upper);
    expect(found?.count).toBe(expected.values.length);
    near(meanTest(expected.values), expected.p);
    near(equivalenceTest(expected.values, expected.margin), expected.equivalence);
  });

  it.each(golden.powers)(
    "power to find $effect with $count values of sd $sd at $alpha",
    ({ effect, power, ...design }) => {
      near(powerOfMean(design, effect), power);
    },
  );

  it("the smallest effect that is found in 80 % has a power of 80 %, and fewer values would not find it", () => {
    const design = { sd: 0.014, count: 9, alpha: 0.05 };
    const effect = minimumDetectableEffect(design);
    near(powerOfMean(design, effect), 0.8);
    expect(countNeeded(design, effect * 1.0001, 100)).toBe(9);
    expect(countNeeded(design, effect * 0.9999, 100)).toBe(10);
    expect(countNeeded(design, effect * 0.9999, 9)).toBeUndefined();
  });

  it("says what cannot be had: one value finds nothing, values without spread find everything", () => {
    expect(meanInterval([1], 0.95)).toBeUndefined();
    expect(meanInterval([1, Number.NaN], 0.95)).toBeUndefined();
    expect([meanTest([1]), equivalenceTest([1], 1)]).toEqual([NaN, NaN]);
    expect([meanTest([]), meanTest([0]), equivalenceTest([], 1), equivalenceTest([1], -1)]).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
    expect([meanTest([2, 2], 2), meanTest([2, 2], 1), equivalenceTest([2, 2], 3)]).toEqual([1, 0, 0]);
    expect(minimumDetectableEffect({ sd: 1, count: 1, alpha: 0.05 })).toBe(Number.POSITIVE_INFINITY);
    expect(powerOfMean({ sd: 1, count: 1, alpha: 0.05 }, 9)).toBe(0);
    expect(minimumDetectableEffect({ sd: 0, count: 2, alpha: 0.05 })).toBe(0);
    expect([0, 0.1].map((effect) => powerOfMean({ sd: 0, count: 2, alpha: 0.05 }, effect))).toEqual([0, 1]);
  });
});

describe("several looks and several figures", () => {
  it.each(golden.sequential)("boundaries of $spending at $alpha", ({ fractions, alpha, spending, looks }) => {
    const found = sequentialLooks(fractions, alpha, spending);
    expect(found).toHaveLength(looks.length);
    for (const [index, expected] of looks.entries()) {
      near(found[index]?.spent, expected.spent);
      near(found[index]?.z, expected.z);
      expect(Math.abs((found[index]?.level ?? 0) / expected.level - 1)).toBeLessThan(1e-7);
    }
    near(found.at(-1)?.spent, alpha);
  });

  it.each(golden.holm)("Holm's correction of $p", ({ p, corrected }) => {
    const found = holm(p);
    expect(found).toHaveLength(p.length);
    for (const [index, value] of found.entries()) near(value, corrected[index] ?? Number.NaN);
  });

  it("are looks that are reckoned once, and no correction of nothing", () => {
    expect(sequentialLooks([0.5, 1], 0.05, "pocock")).toBe(sequentialLooks([0.5, 1], 0.05, "pocock"));
    expect([[0.51], [0.5, 1]].map((fractions) => sequentialLooks(fractions, 0.05, "pocock").length)).toEqual([1, 2]);
    expect(holm([])).toEqual([]);
  });
});

describe("two groups", () => {
  it.each(golden.mannWhitney)("Mann and Whitney's p $p", ({ a, b, u, p }) => {
    expect(mannWhitney(a, b).u).toBe(u);
    near(mannWhitney(a, b).p, p);
  });

  it.each(golden.signedRank)("Wilcoxon's p $p", ({ differences, w, p }) => {
    expect(signedRank(differences).w).toBe(w);
    near(signedRank(differences).p, p);
  });

  it.each(golden.hodgesLehmann)("the shift $shift of Hodges and Lehmann", ({ a, b, confidence, shift, ...ends }) => {
    const found = hodgesLehmann(a, b, confidence);
    near(found.shift, shift);
    nearEnds(found, ends);
  });

  it.each(golden.hodgesLehmannPaired)("their centre $shift of pairs", ({ differences, confidence, shift, ...ends }) => {
    const found = hodgesLehmannPaired(differences, confidence);
    near(found.shift, shift);
    nearEnds(found, ends);
  });

  it("beyond 60 values the ends are those of the normal approximation", () => {
    const values = (count: number) => Array.from({ length: count }, (_, i) => ((i * i * 37) % 1009) / 1009);
    const ascending = (found: readonly number[]) => found.toSorted((a, b) => a - b);
    const [a, b] = [values(30), values(31).map((value) => value + 0.1)];
    // 30 · 31 / 2 − 1.96 · √(30 · 31 · 62 / 12) = 329.1
    const differences = ascending(a.flatMap((x) => b.map((y) => y - x)));
    const found = hodgesLehmann(a, b, 0.95);
    expect([found.lower, found.upper]).toEqual([differences[328], differences[930 - 329]]);
    // 61 · 62 / 4 − 1.96 · √(61 · 62 · 123 / 24) = 672.6
    const pairs = values(61);
    const means = ascending(pairs.flatMap((x, index) => pairs.slice(index).map((y) => (x + y) / 2)));
    const centre = hodgesLehmannPaired(pairs, 0.95);
    expect([centre.lower, centre.upper]).toEqual([means[671], means[1891 - 672]]);
  });

  it.each(golden.welch)("Welch's difference $difference", ({ a, b, confidence, ...expected }) => {
    const found = welch(a, b, confidence);
    for (const key of ["difference", "lower", "upper", "degrees", "p"] as const) near(found?.[key], expected[key]);
  });

  it("have no answer without values, and no difference where all are equal", () => {
    expect(mannWhitney([], [1]).p).toBeNaN();
    expect(mannWhitney([1], []).p).toBeNaN();
    expect(hodgesLehmann([], [1], 0.95).shift).toBeNaN();
    expect(welch([1], [1, 2], 0.95)).toBeUndefined();
    expect(welch([1, 1], [2, 2], 0.95)).toBeUndefined();
    expect(signedRank([0, 0]).p).toBe(1);
    expect(mannWhitney(new Array(60).fill(1), new Array(60).fill(1)).p).toBe(1);
  });
});

describe("one series", () => {
  it.each(golden.quantilesOf)("quantile $p with its interval at $confidence", (expected) => {
    near(quantile(expected.values, expected.p), expected.linear);
    near(harrellDavis(expected.values, expected.p), expected.harrellDavis);
    expect(quantileInterval(expected.values, expected.p, expected.confidence) ?? null).toEqual(expected.interval);
  });

  it("has an interval of p95 from 72 values and of p99 from 368, as the plan demands", () => {
    const values = (n: number) => Array.from({ length: n }, (_, index) => index);
    const has = (n: number, p: number) => quantileInterval(values(n), p, 0.95) !== undefined;
    expect([has(71, 0.95), has(72, 0.95), has(367, 0.99), has(368, 0.99)]).toEqual([false, true, false, true]);
  });

  it.each(golden.blockBootstrap)("moving blocks of $block", ({ values, uniforms, ...expected }) => {
    const left = [...uniforms];
    const average = (sample: Values) => sample.reduce((sum, value) => sum + value, 0) / sample.length;
    const found = movingBlockBootstrap(values, average, { ...expected, random: () => left.shift() ?? Number.NaN });
    near(found?.lower, expected.lower);
    near(found?.upper, expected.upper);
    expect(left).toEqual([]);
    const options = { block: values.length + 1, resamples: 1, confidence: 0.9, random: () => 0 };
    expect(movingBlockBootstrap(values, average, options)).toBeUndefined();
  });

  it.each(golden.mser)("the warm-up is cut at $cut", ({ values, cut }) => {
    expect(warmupCut(values) ?? null).toBe(cut);
  });

  it.each(golden.divisive)("the best split of energy lies at $index", ({ values, minimum, index, quality }) => {
    // Without permutations every split is kept, the best of all among them.
    const distance = (i: number, j: number) => Math.abs((values[i] ?? 0) - (values[j] ?? 0));
    const options = { alpha: 1, minimumSegment: minimum, permutations: 0, random: () => 0 };
    const found = eDivisive(values.length, distance, options);
    if (index === null) expect(found).toEqual([]);
    else near(found.find((split) => split.index === index)?.quality, quality);
  });

  it.each(golden.wasserstein)("the distance $distance between histograms", ({ a, b, distance }) => {
    near(wasserstein(a, b), distance);
    near(wasserstein(b, a), distance);
  });

  it("has no distance to a histogram of nothing, and none between zeros alone", () => {
    const empty = { scale: 5, offset: 0, counts: [], zeroCount: 0, count: 0, sum: 0, min: 0, max: 0 };
    const zeros = { ...empty, zeroCount: 3, count: 3 };
    expect([wasserstein(empty, zeros), wasserstein(zeros, empty)]).toEqual([NaN, NaN]);
    expect(wasserstein(zeros, zeros)).toBe(0);
    expect(wasserstein({ ...zeros, counts: [0, 0] }, { ...zeros, offset: -9, counts: [0] })).toBe(0);
    const full = { ...empty, counts: [3], count: 3 };
    expect([wasserstein(empty, full), wasserstein(full, empty)]).toEqual([NaN, NaN]);
  });
});
