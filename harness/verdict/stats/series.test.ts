import { describe, expect, it } from "vitest";
import { movingBlockBootstrap } from "./block-bootstrap.ts";
import { mean, median, sum, variance } from "./moments.ts";
import { warmupCut } from "./mser.ts";
import { harrellDavis, quantile, quantileInterval } from "./quantiles.ts";

describe("moments", () => {
  it("are those of the textbook, in whatever order the values come", () => {
    const values = [100, 9, 20, -1];
    expect([sum(values), mean(values), median(values)]).toEqual([128, 32, 14.5]);
    expect(variance(values)).toBe((68 ** 2 + 23 ** 2 + 12 ** 2 + 33 ** 2) / 3);
    expect(median([100, 9, 20])).toBe(20);
    expect(values).toEqual([100, 9, 20, -1]);
  });

  it("of too few values are no numbers", () => {
    expect([sum([]), mean([]), median([]), variance([]), variance([5])]).toEqual([0, NaN, NaN, NaN, NaN]);
    expect(variance([5, 7])).toBe(2);
  });
});

describe("quantiles", () => {
  it("reach from the smallest value to the largest, linearly between two", () => {
    const values = [100, 9, 20];
    expect([0, 0.25, 0.5, 0.75, 1].map((p) => quantile(values, p))).toEqual([9, 14.5, 20, 60, 100]);
    expect([quantile([], 0.5), harrellDavis([], 0.5)]).toEqual([NaN, NaN]);
    expect(harrellDavis([100, 9], 0.5)).toBeCloseTo(54.5, 12);
  });

  it("have no interval where one of its ends is not among the values", () => {
    const values = Array.from({ length: 40 }, (_, index) => index);
    expect(quantileInterval(values, 0.05, 0.95)).toBeUndefined();
    expect(quantileInterval(values, 0.95, 0.95)).toBeUndefined();
    expect(quantileInterval(values, 0.5, 0.95)).toEqual({ lower: 13, upper: 26 });
  });

  it("have an interval where its error is exactly what is allowed: 2 in 32 for the median of five", () => {
    const values = [5, 40, 1, 3, 2];
    expect(quantileInterval(values, 0.5, 1 - 2 / 32)).toEqual({ lower: 1, upper: 40 });
    expect(quantileInterval(values, 0.5, 1 - 1.99 / 32)).toBeUndefined();
  });
});

describe("moving blocks", () => {
  it("as long as the series are the series, whatever is drawn", () => {
    const asked: (readonly number[])[] = [];
    const statistic = (sample: readonly number[]) => asked.push(sample);
    const found = movingBlockBootstrap([4, 8, 6], statistic, {
      block: 3,
      resamples: 2,
      confidence: 0.5,
      random: () => 0.9,
    });
    expect(asked).toEqual([
      [4, 8, 6],
      [4, 8, 6],
    ]);
    // The statistic was 1 and 2.
    expect(found).toEqual({ lower: 1.25, upper: 1.75 });
  });

  it("are not drawn from no values", () => {
    const options = { block: 1, resamples: 1, confidence: 0.9, random: () => 0 };
    expect(movingBlockBootstrap([], () => 1, options)).toBeUndefined();
  });
});

describe("a warm-up", () => {
  it("is nothing where all values are alike, from two batches on", () => {
    expect(warmupCut(new Array<number>(10).fill(3))).toBe(0);
    expect(warmupCut(new Array<number>(9).fill(3))).toBeUndefined();
    expect(warmupCut([])).toBeUndefined();
  });

  it("is cut where what remains has the smallest standard error, and never as late as the middle", () => {
    expect(warmupCut([9, 1, 1.2, 0.8, 1, 1.1], 1)).toBe(1);
    expect(warmupCut([9, 9, 1, 1.2, 1, 1.1], 1)).toBe(2);
    expect(warmupCut([9, 9, 9, 1, 1.2, 1.1], 1)).toBeUndefined();
  });
});
