import { describe, expect, it } from "vitest";
import { detectableDeviations } from "./detectable.ts";

describe("the smallest shift that four of five comparisons see", () => {
  it.each([
    [6, 0.05, 1.434545],
    [10, 0.05, 0.996001],
    [6, 0.015, 1.923157],
    [10, 0.05, 0.996001],
  ])("with %i starts at a level of %f is %f standard deviations", (count, level, deviations) => {
    expect(detectableDeviations(count, level)).toBeCloseTo(deviations, 6);
  });

  it("is infinite where nothing can be seen yet", () => {
    expect(detectableDeviations(6, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
