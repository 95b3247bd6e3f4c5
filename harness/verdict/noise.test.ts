import { describe, expect, it } from "vitest";
import { detectableByOne, detectableShift, FEWEST_FOR_NOISE, noiseOf } from "./noise.ts";
import { minimumDetectableEffect, powerOfMean } from "./stats/power.ts";

/** Median of |x| of a standard normal number, and what a difference of two adds. */
const sdOfStep = (step: number) => step / 0.674_489_750_196_081_7 / Math.sqrt(2);
const ALPHA = 0.05;

describe("noise between runs of the same", () => {
  it("is the median step from one run to the next, as a standard deviation of the logarithm", () => {
    const noise = noiseOf([10, 11, 10, 11, 10, 11]);
    expect(noise?.sd).toBeCloseTo(sdOfStep(Math.log(1.1)), 12);
    expect(noise?.runs).toBe(6);
  });

  it("has nothing of one change of level, however large", () => {
    expect(noiseOf([10, 10, 10, 70, 70, 70])).toEqual({ sd: 0, runs: 6 });
  });

  it("is not known of fewer than five runs, and where one is not above 0", () => {
    const runs = new Array<number>(FEWEST_FOR_NOISE).fill(10);
    expect(noiseOf(runs)).toEqual({ sd: 0, runs: 5 });
    expect(noiseOf(runs.slice(1))).toBeUndefined();
    expect(noiseOf([...runs, 0])).toBeUndefined();
  });
});

describe("what would have been found", () => {
  it("is about 2.8 standard errors where there are many runs", () => {
    // 1.96 for the level of 5 %, and 0.84 for 8 of 10.
    expect(detectableShift(0.02, 1000, ALPHA)).toBeCloseTo(0.02 * (1.96 + 0.8416), 3);
    expect(detectableByOne({ sd: 0.03, runs: 1000 }, ALPHA)).toBeCloseTo(Math.expm1(0.03 * Math.SQRT2 * 2.8016), 3);
  });

  it("is found in 8 of 10 cases, with as many degrees of freedom as there are", () => {
    const shift = detectableShift(0.02, 7, ALPHA);
    expect(powerOfMean({ sd: 0.02 * Math.sqrt(8), count: 8, alpha: ALPHA }, shift)).toBeCloseTo(0.8, 6);
  });

  it("by one run against one has one degree fewer than the runs that the noise was seen in", () => {
    const shift = minimumDetectableEffect({ sd: 0.03 * Math.SQRT2 * Math.sqrt(5), count: 5, alpha: ALPHA });
    expect(detectableByOne({ sd: 0.03, runs: 5 }, ALPHA)).toBeCloseTo(Math.expm1(shift), 12);
  });
});
