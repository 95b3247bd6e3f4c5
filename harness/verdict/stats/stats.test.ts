import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fitGrowth, type Growth, type GrowthPoint } from "./growth.ts";
import { pairedRatio, type Ratio } from "./paired-ratio.ts";
import { studentQuantile } from "./student-t.ts";
import { type Slope, theilSen } from "./theil-sen.ts";

interface Golden {
  readonly quantiles: readonly { p: number; degrees: number; t: number }[];
  readonly growth: readonly (Omit<Growth, "points"> & { points: readonly GrowthPoint[] })[];
  readonly ratios: readonly (Omit<Ratio, "pairs"> & { a: readonly number[]; b: readonly number[] })[];
  readonly slopes: readonly (Slope & { points: readonly [number, number][] })[];
}

/** Written by test/fixtures/statistics/golden.py with SciPy. */
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/statistics/golden.json", import.meta.url), "utf8"),
);
const near = (actual: number | undefined, expected: number) =>
  expect(Math.abs((actual ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-9);

describe("Student's t", () => {
  it.each(golden.quantiles)("has SciPy's quantile $p with $degrees degrees of freedom", ({ p, degrees, t }) => {
    near(studentQuantile(p, degrees), t);
  });

  it("has no quantile outside of 0 to 1, and none without degrees of freedom", () => {
    expect([studentQuantile(0, 5), studentQuantile(1, 5), studentQuantile(0.975, 0)]).toEqual([NaN, NaN, NaN]);
    expect([studentQuantile(-1, 5), studentQuantile(2, 5), studentQuantile(0.975, -1)]).toEqual([NaN, NaN, NaN]);
  });

  it("has its middle at 0", () => {
    expect(studentQuantile(0.5, 3)).toBe(0);
  });
});

describe("growth with size", () => {
  it.each(golden.growth)("has SciPy's exponent $exponent and its interval", ({ points, ...expected }) => {
    const fit = fitGrowth(points);
    near(fit?.exponent, expected.exponent);
    near(fit?.lower, expected.lower);
    near(fit?.upper, expected.upper);
    near(fit?.factor, expected.factor);
    expect(fit?.points).toBe(points.length);
  });

  it("does not depend on the units of size and value", () => {
    const points = golden.growth[1]?.points ?? [];
    const scaled = points.map(({ size, value }) => ({ size: size * 7, value: value * 1e6 }));
    near(fitGrowth(scaled)?.upper, fitGrowth(points)?.upper ?? Number.NaN);
  });

  it.each([
    ["two sizes, however often", [10, 10, 20, 20].map((size) => ({ size, value: size }))],
    ["a value of 0", [1, 2, 3].map((size) => ({ size, value: size - 1 }))],
    ["a size of 0", [0, 1, 2].map((size) => ({ size, value: 1 }))],
    ["a size below 0", [-1, 1, 2].map((size) => ({ size, value: 1 }))],
    ["a value below 0", [1, 2, 3].map((size) => ({ size, value: size - 1.5 }))],
    ["an infinite value", [1, 2, 3].map((size) => ({ size, value: size === 2 ? Number.POSITIVE_INFINITY : 1 }))],
    ["a value that is no number", [1, 2, 3].map((size) => ({ size, value: size === 2 ? Number.NaN : 1 }))],
  ])("has no fit for %s", (_, points) => {
    expect(fitGrowth(points)).toBeUndefined();
  });
});

describe("a ratio of pairs", () => {
  it.each(golden.ratios)("has SciPy's $ratio and its interval", ({ a, b, ...expected }) => {
    const found = pairedRatio(a, b);
    near(found?.ratio, expected.ratio);
    near(found?.lower, expected.lower);
    near(found?.upper, expected.upper);
    expect(found?.pairs).toBe(a.length);
  });

  it("is not told from two pairs, from lists of two lengths, or from a time of 0", () => {
    expect(pairedRatio([1, 2], [1, 2])).toBeUndefined();
    expect(pairedRatio([1, 2, 3], [1, 2])).toBeUndefined();
    expect(pairedRatio([1, 2, 3], [1, 2, 3, 4])).toBeUndefined();
    expect(pairedRatio([1, 2, 0], [1, 2, 3])).toBeUndefined();
  });
});

describe("the slope of Theil and Sen", () => {
  it.each(golden.slopes)("has SciPy's $median and its interval", ({ points, ...expected }) => {
    const found = theilSen(points);
    near(found.median, expected.median);
    near(found.lower, expected.lower);
    near(found.upper, expected.upper);
  });

  it("is no number where all points are at one place", () => {
    expect(
      theilSen([
        [1, 2],
        [1, 3],
      ]),
    ).toEqual({ median: NaN, lower: NaN, upper: NaN });
  });
});
