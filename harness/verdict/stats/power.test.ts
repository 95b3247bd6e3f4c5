import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noncentralDistribution } from "./noncentral-t.ts";
import { normalTail } from "./normal.ts";
import { countNeeded, minimumDetectableEffect, powerOfMean } from "./power.ts";

interface Golden {
  readonly noncentral: readonly { t: number; degrees: number; shift: number; below: number }[];
}

/** Written by test/fixtures/statistics/golden.py with SciPy. */
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/statistics/golden.json", import.meta.url), "utf8"),
);

describe("the noncentral t distribution", () => {
  it.each(golden.noncentral)("below $t with $degrees degrees, $shift from the hypothesis", (expected) => {
    const found = noncentralDistribution(expected.t, expected.degrees, expected.shift);
    expect(Math.abs(found - expected.below)).toBeLessThan(1e-10);
  });

  it("lies wholly on one side of any t when it is very far away", () => {
    const at = [-2, 2].flatMap((t) => [-38, 38].map((shift) => noncentralDistribution(t, 5, shift)));
    expect(at).toEqual([1, 0, 1, 0]);
  });

  it("rests on a normal tail that is all or nothing at the ends", () => {
    expect([normalTail(Number.NEGATIVE_INFINITY), normalTail(Number.POSITIVE_INFINITY)]).toEqual([1, 0]);
  });
});

describe("what a design can find", () => {
  it.each([
    [2, 0.8],
    [3, 0.95],
    [40, 0.5],
  ])("has with %i values an effect that it finds with the power %d that is asked for", (count, power) => {
    const design = { sd: 0.02, count, alpha: 0.05 };
    const effect = minimumDetectableEffect(design, power);
    expect(powerOfMean(design, effect)).toBeCloseTo(power, 10);
    expect(countNeeded(design, effect * 1.0001, 50, power)).toBe(count);
  });

  it("is found by as many values as there may be, and not by fewer", () => {
    const design = { sd: 1, count: 12, alpha: 0.05 };
    const effect = minimumDetectableEffect(design) * 1.0001;
    expect([11, 12, 13].map((most) => countNeeded(design, effect, most))).toEqual([undefined, 12, 12]);
    expect(countNeeded(design, effect, 1)).toBeUndefined();
  });
});
