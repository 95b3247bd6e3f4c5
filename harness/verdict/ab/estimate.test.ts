import { describe, expect, it } from "vitest";
import { intervalAt, keepOrdinary } from "./estimate.ts";

/** So far from the median may a value lie that has no noise around it; and so many median absolute deviations where it has. */
const FAR = 0.2;
const WIDTH = 8 * 1.4826;

describe("values that something else happened to", () => {
  it("lie further than 0.2 from a median without noise, on either side", () => {
    const quiet = [0, 0, 0, 0, 0, 0, 0];
    expect(keepOrdinary([FAR, ...quiet])).toEqual({ kept: [FAR, ...quiet], outliers: [] });
    expect(keepOrdinary([...quiet, FAR + 1e-9])).toEqual({ kept: quiet, outliers: [7] });
    expect(keepOrdinary([-FAR - 1e-9, ...quiet])).toEqual({ kept: quiet, outliers: [0] });
  });

  it("lie further than eight standard deviations from the median where that is more, as the deviations from it tell them", () => {
    // Median 2, and a median absolute deviation of 0.1.
    const noisy = [1.9, 2.1, 1.9, 2.1, 1.9, 2.1, 1.9, 2.1, 2, 1.9];
    const near = 2 + 0.1 * WIDTH - 0.01;
    const far = 2 + 0.1 * WIDTH + 0.01;
    expect(keepOrdinary([...noisy, near]).outliers).toEqual([]);
    expect(keepOrdinary([...noisy, far])).toEqual({ kept: noisy, outliers: [10] });
  });

  it("are a quarter at most: with more of them every value counts", () => {
    expect(keepOrdinary([0, 0, 0, 1, 0, 0, 0, 1])).toEqual({ kept: [0, 0, 0, 0, 0, 0], outliers: [3, 7] });
    const often = [0, 0, 0, 1, 0, 0, 1];
    expect(keepOrdinary(often)).toEqual({ kept: often, outliers: [] });
  });
});

describe("the interval of a mean", () => {
  it("is Student's at the level that it is given", () => {
    // t(3) = 3.182446 at 5 %; the standard deviation of 1, 2, 3, 4 is 1.290994.
    const interval = intervalAt([1, 2, 3, 4], 0.05);
    expect(interval?.mean).toBe(2.5);
    expect(interval?.lower).toBeCloseTo(2.5 - (3.182446 * 1.290994) / 2, 5);
    expect(interval?.upper).toBeCloseTo(2.5 + (3.182446 * 1.290994) / 2, 5);
  });

  it("has no end where nothing may be missed, even of values that are all alike", () => {
    const endless = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
    expect(intervalAt([1, 2, 3], 0)).toEqual({ mean: 2, sd: 1, count: 3, ...endless });
    expect(intervalAt([2, 2], 0)).toEqual({ mean: 2, sd: 0, count: 2, ...endless });
  });

  it("needs two values at any level", () => {
    expect(intervalAt([1], 0)).toBeUndefined();
    expect(intervalAt([1], 0.05)).toBeUndefined();
  });
});
