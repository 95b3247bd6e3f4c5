import { describe, expect, it } from "vitest";
import {
  CHANGED_AT,
  distributionHistory,
  RUNS,
  type Shape,
  scalarHistory,
} from "../../test/fixtures/statistics/histories.ts";
import {
  CHANGE_RULES,
  type DistributionPoint,
  findChangePoints,
  findDistributionShifts,
  type ScalarPoint,
} from "./change-points.ts";

const near = (index: number | undefined) => Math.abs((index ?? Number.NaN) - CHANGED_AT) <= 2;
const SEEDS = [1, 2, 3];
/** The rules as they are, with fewer permutations: their number changes how finely p is told, not what is found. */
const RULES = { ...CHANGE_RULES, permutations: 199 };
const changes = (points: readonly ScalarPoint[], rules = RULES) => findChangePoints(points, rules);
const shifts = (points: readonly DistributionPoint[]) => findDistributionShifts(points, RULES);
/** The last 40 runs of a history, as many on both sides of its change, with fewer requests: all pairs of runs are compared. */
const SKIPPED = 2 * CHANGED_AT - RUNS;
const distributions = (shape: Shape, seed: number) => distributionHistory(shape, seed, 500).slice(SKIPPED);

describe("change points of a figure", () => {
  it.each(SEEDS)("a step of 6 % is found where it is, once, with its size (history %i)", (seed) => {
    const [found, ...others] = changes(scalarHistory("step", seed));
    expect(others).toEqual([]);
    expect(near(found?.index)).toBe(true);
    expect(found?.change).toBeGreaterThan(0.03);
    expect(found?.change).toBeLessThan(0.09);
    expect(found?.p).toBe(0.005);
    expect(Math.log((found?.after ?? 0) / (found?.before ?? 0))).toBeCloseTo(found?.change ?? 0, 12);
  });

  it.each(SEEDS)("a drift is found as steps that all go up (history %i)", (seed) => {
    const found = changes(scalarHistory("drift", seed));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ change }) => change > 0)).toBe(true);
  });

  it.each(SEEDS)("neither noise nor a single spike is one (history %i)", (seed) => {
    expect(changes(scalarHistory("noise", seed))).toEqual([]);
    expect(changes(scalarHistory("spike", seed))).toEqual([]);
  });

  it("two changes are both found, and each is measured from the levels beside it", () => {
    const points = scalarHistory("noise", 2).map(({ value }, run) => ({
      value: value * (run < 20 ? 1 : run < CHANGED_AT ? 1.15 : 0.95),
    }));
    const found = changes(points);
    expect(found.map(({ index }) => index)).toEqual([20, CHANGED_AT]);
    expect(found[0]?.after).toBe(found[1]?.before);
    expect([found[0]?.change, found[1]?.change].map((change) => (change ?? 0) > 0)).toEqual([true, false]);
  });

  it("a change below the minimum is no change, and the levels beside it are one", () => {
    const points = scalarHistory("step", 1);
    expect(changes(points, { ...RULES, minimumChange: 0.2 })).toEqual([]);
    const third = points.map(({ value }, run) => ({ value: run < 20 ? value / 2 : value }));
    const found = changes(third, { ...RULES, minimumChange: 0.2 });
    expect(found.map(({ index }) => index)).toEqual([20]);
  });

  it("a figure that may be 0 is compared by difference: errors where there were none", () => {
    const points = Array.from({ length: RUNS }, (_, run) => ({
      value: run < CHANGED_AT ? 0 : 0.02 + 0.001 * (run % 3),
    }));
    const [found, ...others] = changes(points);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ index: CHANGED_AT, change: 1, before: 0, after: 0.021 });
    expect(changes(points.map(() => ({ value: 0 })))).toEqual([]);
  });

  it("a figure that is below 0 is compared by its size: a change of just the minimum is one", () => {
    const shrinking = (from: number, to: number) => [...new Array(10).fill(from), ...new Array(10).fill(to)];
    const found = (from: number, to: number) => changes(shrinking(from, to).map((value: number) => ({ value })));
    expect(found(-98, -100)).toEqual([{ index: 10, p: 0.005, change: -0.02, before: -98, after: -100 }]);
    expect(found(-98.1, -100)).toEqual([]);
    expect(found(-100, -50)).toMatchObject([{ change: 0.5 }]);
  });

  it("without rules of its own, a history is judged by those of the documentation", () => {
    expect(findChangePoints(scalarHistory("step", 1))).toEqual(changes(scalarHistory("step", 1), CHANGE_RULES));
    expect(CHANGE_RULES).toEqual({ alpha: 0.01, minimumSegment: 4, minimumChange: 0.02, permutations: 999, seed: 7 });
  });

  it("too few runs have none, and two runs at the end are no level yet", () => {
    expect(changes([])).toEqual([]);
    const points = (after: number) => scalarHistory("noise", 3).slice(0, 30 + after);
    const jump = (after: number) => points(after).map(({ value }, run) => ({ value: run < 30 ? value : value * 2 }));
    expect(changes(jump(2))).toEqual([]);
    expect(changes(jump(RULES.minimumSegment)).map(({ index }) => index)).toEqual([30]);
  });
});

describe("change points of a distribution", () => {
  it.each(SEEDS)("a tail that grows is found, though the median stays (history %i)", (seed) => {
    const [found, ...others] = shifts(distributions("tail", seed));
    expect(others).toEqual([]);
    expect(near((found?.index ?? 0) + SKIPPED)).toBe(true);
    expect((found?.after.p50 ?? 0) / (found?.before.p50 ?? 1)).toBeLessThan(1.05);
    expect((found?.after.p99 ?? 0) / (found?.before.p99 ?? 1)).toBeGreaterThan(1.2);
    expect(found?.after.p95).toBeGreaterThan(found?.before.p95 ?? 0);
  });

  it("values of 0 count as those that they are, and a median between 0 and a value is half of it", () => {
    const zeros = { scale: 0, offset: 3, counts: [2], zeroCount: 2, count: 4, sum: 24, min: 0, max: 16 };
    const values = { ...zeros, offset: 5, counts: [4], zeroCount: 0, sum: 192, min: 32, max: 64 };
    const histograms = [...new Array<typeof zeros>(10).fill(zeros), ...new Array<typeof zeros>(10).fill(values)];
    const middle = Math.sqrt(32 * 64);
    expect(shifts(histograms.map((histogram) => ({ histogram })))).toEqual([
      {
        index: 10,
        p: 0.005,
        change: expect.closeTo(2.25 * Math.LN2, 9),
        before: { p50: 8, p95: Math.sqrt(8 * 16), p99: Math.sqrt(8 * 16) },
        after: { p50: middle, p95: middle, p99: middle },
      },
    ]);
  });

  it.each(SEEDS)("neither noise nor a single spike is one, and a step is (history %i)", (seed) => {
    expect(shifts(distributions("noise", seed))).toEqual([]);
    expect(shifts(distributions("spike", seed))).toEqual([]);
    expect(near((shifts(distributions("step", seed))[0]?.index ?? 0) + SKIPPED)).toBe(true);
  });
});
