import { describe, expect, it } from "vitest";
import { sha, stepped } from "./sample-series.ts";
import { type Accepted, placeOf, type Series, trendOf } from "./trend.ts";

const changes = (one: Series, accepted: readonly Accepted[] = []) => trendOf([one], accepted).series[0]?.changes ?? [];
type Levels = Parameters<typeof stepped>[1];
const RATE = { metric: "request_rate", statistic: "value" } as const;
const ERRORS = { metric: "error_rate", statistic: "value" } as const;

describe("a change", () => {
  it("is told with the runs between which it happened, and its size", () => {
    const one = stepped(1, [10, 12]);
    expect(changes(one)).toStrictEqual([
      {
        index: 10,
        lastGood: one.points[9],
        firstBad: one.points[10],
        p: 0.001,
        before: 10,
        after: 12,
        ratio: 1.2,
        direction: "worse",
        state: "open",
      },
    ]);
  });

  it("from 0 or to 0 has no ratio", () => {
    const of = (levels: Levels) =>
      changes(stepped(1, levels, ERRORS)).map(({ direction, ...more }) => [direction, "ratio" in more]);
    expect(of([0, 0.02])).toEqual([["worse", false]]);
    expect(of([0.02, 0])).toEqual([["better", false]]);
    expect(of([0.01, 0.02])).toEqual([["worse", true]]);
  });

  it.each<[Levels, Partial<Series>, string[]]>([
    [[10, 12], {}, ["worse, open"]],
    [[12, 10], {}, ["better, accepted"]],
    [[12, 10], RATE, ["worse, open"]],
    [[10, 12], RATE, ["better, accepted"]],
    // As good as before is what is worse by the smallest change at most.
    [[100, 130, 102], {}, ["worse, recovered", "better, accepted"]],
    [[100, 130, 102.1], {}, ["worse, open", "better, accepted"]],
    [[100, 130, 90], {}, ["worse, recovered", "better, accepted"]],
    [[100, 70, 98], RATE, ["worse, recovered", "better, accepted"]],
    [[100, 70, 97.9], RATE, ["worse, open", "better, accepted"]],
    [[0, 0.02, 0], ERRORS, ["worse, recovered", "better, accepted"]],
    // One later level is enough, and an earlier one says nothing.
    [[10, 13, 10, 13], {}, ["worse, recovered", "better, accepted", "worse, open"]],
    [[10, 12, 14], {}, ["worse, open", "worse, open"]],
  ])("of levels %j (%o) is %j", (levels, more, expected) => {
    expect(changes(stepped(1, levels, more)).map(({ direction, state }) => `${direction}, ${state}`)).toEqual(expected);
  });
});

describe("a change that somebody accepted", () => {
  const one = stepped(1, [10, 12]);
  const state = (at: Series, commit: string, series = at.id) => changes(at, [{ series, commit }])[0]?.state;

  it.each([
    [7, "open"],
    [8, "accepted"],
    [10, "accepted"],
    [12, "accepted"],
    [13, "open"],
    [1, "open"],
  ])("at night %i is %s at night 10: the place moves by two when runs are added", (night, expected) => {
    expect(state(one, sha(night))).toBe(expected);
  });

  it("is that of its own series", () => {
    expect(state(one, sha(10), "00000002")).toBe("open");
  });

  it("is named by the run where there is no commit", () => {
    const points = one.points.map(({ commit: _, ...point }) => point);
    expect(state({ ...one, points }, "run-10")).toBe("accepted");
    expect([one.points[10], points[10]].map((point) => point && placeOf(point))).toEqual([sha(10), "run-10"]);
  });
});

describe("a trend over several series", () => {
  it("counts runs and commits once, and the changes that are open", () => {
    const one = stepped(1, [10, 12, 15]);
    const other = stepped(2, [10, 12], { points: stepped(2, [10, 12]).points.map(({ commit: _, ...point }) => point) });
    const done: number[] = [];
    const better = stepped(3, [12, 10], { part: "soak" });
    const trend = trendOf([one, other, better], [], (index) => done.push(index));
    expect(trend).toMatchObject({ schema: "proofload/trend/1", runs: 30, commits: 30, open: 3 });
    expect(trend.series.map(({ changes: all }) => all.length)).toEqual([2, 1, 1]);
    expect(done).toEqual([0, 1, 2]);
    expect(trendOf([other], []).commits).toBe(0);
  });

  it("has each with its unit and without what it was worked out from", () => {
    const scale = { scale: 0, offset: 3, counts: [10], zeroCount: 0, count: 10, sum: 100, min: 8, max: 16 };
    const distribution = stepped(1, [10], { statistic: "distribution", histograms: new Array(10).fill(scale) });
    const { histograms: _, ...rest } = distribution;
    const memory = stepped(2, [10], { metric: "service_rss", statistic: "slope" });
    expect(trendOf([distribution, memory], []).series).toStrictEqual([
      { ...rest, unit: "ms", changes: [] },
      { ...memory, unit: "bytes/h", changes: [] },
    ]);
  });
});
