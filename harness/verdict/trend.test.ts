import { describe, expect, it } from "vitest";
import type { HistogramRecord } from "../collect/record.ts";
import { series, sha } from "./sample-series.ts";
import { seededRandom, standardNormal } from "./stats/random.ts";
import { type Accepted, type Series, trendOf } from "./trend.ts";

/** Those that were made already: the same night is part of many histories. */
const made = new Map<string, HistogramRecord>();

function distribution(seed: number, share: number): HistogramRecord {
  const key = `${seed} ${share}`;
  const one = made.get(key) ?? drawn(seed, share);
  made.set(key, one);
  return one;
}

/** 1,000 latencies, log-normal around 10 ms, of which the slowest `share` take three times as long. */
function drawn(seed: number, share: number): HistogramRecord {
  const random = seededRandom(seed);
  const scale = 3;
  const values = Array.from({ length: 1000 }, () => 10 * Math.exp(0.3 * standardNormal(random))).sort((a, b) => a - b);
  const shifted = values.map((value, rank) => (rank >= 1000 * (1 - share) ? value * 3 : value));
  const at = shifted.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
  const offset = Math.min(...at);
  const counts = new Array<number>(Math.max(...at) - offset + 1).fill(0);
  for (const index of at) counts[index - offset] = (counts[index - offset] ?? 0) + 1;
  const sum = shifted.reduce((total, value) => total + value, 0);
  return { scale, offset, counts, zeroCount: 0, count: 1000, sum, min: shifted[0] ?? 0, max: shifted.at(-1) ?? 0 };
}

function tails(share: (night: number) => number): Series {
  const { points } = series(7, () => 1);
  const histograms = points.map((_, night) => distribution(night + 1, share(night)));
  return series(7, () => 1, {
    statistic: "distribution",
    histograms,
  });
}

const changes = (one: Series, accepted: readonly Accepted[] = []) => trendOf([one], accepted).series[0]?.changes ?? [];
const step = (at: number, factor: number) => (night: number) => (night < at ? 1 : factor);

describe("a trend", () => {
  it("finds a step, between the last good and the first bad commit", () => {
    const [change, ...more] = changes(series(1, step(25, 1.1)));
    expect(more).toEqual([]);
    expect(change).toMatchObject({
      index: 25,
      lastGood: { commit: { sha: sha(24) } },
      firstBad: { commit: { sha: sha(25) } },
      direction: "worse",
      state: "open",
    });
    expect(change?.ratio).toBeGreaterThan(1.07);
    expect(change?.ratio).toBeLessThan(1.13);
    expect(change?.p).toBeGreaterThan(0);
  });

  it("finds a drift that no single night shows", () => {
    const found = changes(series(2, (night) => 1 + 0.006 * night));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ direction }) => direction === "worse")).toBe(true);
  });

  it("finds what happens in the tail alone, in the distribution and not in its median", () => {
    const found = changes(tails((night) => (night < 20 ? 0 : 0.03)));
    expect(found).toMatchObject([{ direction: "worse", state: "open", quantile: "p99" }]);
    expect(Math.abs((found[0]?.index ?? 0) - 20)).toBeLessThanOrEqual(1);
    expect(changes(tails(() => 0))).toEqual([]);
  });

  it("takes a single spike, and three in a row, for no change", () => {
    expect(changes(series(3, (night) => (night === 22 ? 1.6 : 1)))).toEqual([]);
    expect(changes(series(3, (night) => (night >= 22 && night < 25 ? 1.6 : 1)))).toEqual([]);
  });

  it("tells nobody of a change of 1 %, however sure it is", () => {
    const { points } = series(4, () => 1);
    const exact = points.map((point, night) => ({ ...point, value: (night < 20 ? 10 : 10.1) + (night % 3) * 1e-4 }));
    expect(changes(series(4, () => 1, { points: exact }))).toEqual([]);
    const more = points.map((point, night) => ({ ...point, value: (night < 20 ? 10 : 10.4) + (night % 3) * 1e-4 }));
    expect(changes(series(4, () => 1, { points: more }))).toHaveLength(1);
  });

  it("knows which direction is worse from the metric, and counts no change for the better", () => {
    expect(changes(series(5, step(20, 0.8)))).toMatchObject([{ direction: "better", state: "accepted" }]);
    const rate = { metric: "request_rate", statistic: "value" } as const;
    expect(changes(series(5, step(20, 0.8), rate))).toMatchObject([{ direction: "worse", state: "open" }]);
  });

  it("calls a change recovered when a later level is as good as the one before, and only then", () => {
    const back = changes(series(6, (night) => (night < 14 || night >= 27 ? 1 : 1.3)));
    expect(back.map(({ state }) => state)).toEqual(["recovered", "accepted"]);
    const half = changes(series(6, (night) => (night < 14 ? 1 : night < 27 ? 1.3 : 1.15)));
    expect(half.map(({ state }) => state)).toEqual(["open", "accepted"]);
  });

  it("keeps a change accepted when more runs move the estimate by a commit or two, but not another one", () => {
    const one = series(1, step(25, 1.1));
    const at = (night: number) => [{ series: one.id, commit: sha(night) }];
    expect(changes(one, at(26)).map(({ state }) => state)).toEqual(["accepted"]);
    expect(changes(one, at(31)).map(({ state }) => state)).toEqual(["open"]);
    expect(changes(one, [{ series: "00000002", commit: sha(25) }]).map(({ state }) => state)).toEqual(["open"]);
  });

  it("says of the distribution only what no percentile of the endpoint says", () => {
    const whole = tails((night) => (night < 20 ? 0 : 0.03));
    const p95 = series(1, step(20, 1.2));
    expect(trendOf([p95, whole], []).series.map(({ changes: all }) => all.length)).toEqual([1, 0]);
    const other = series(1, step(20, 1.2), { subject: { kind: "endpoint", name: "other" } });
    expect(trendOf([other, whole], []).series.map(({ changes: all }) => all.length)).toEqual([1, 1]);
  });

  it("does not hide a tail that got worse behind a percentile that got better in the same place", () => {
    const whole = tails((night) => (night < 20 ? 0 : 0.03));
    const p50 = series(1, step(20, 0.8), { statistic: "p50" });
    const [scalar, distribution] = trendOf([p50, whole], []).series;
    expect(scalar?.changes).toMatchObject([{ direction: "better" }]);
    expect(distribution?.changes).toMatchObject([{ direction: "worse", state: "open", quantile: "p99" }]);
  });

  it("does not call a tail recovered because the median changed later, but because the tail is as it was", () => {
    const scaled = (histogram: HistogramRecord, buckets: number) => ({
      ...histogram,
      offset: histogram.offset + buckets,
    });
    const whole = (last: (night: number) => HistogramRecord) =>
      series(7, () => 1, {
        statistic: "distribution",
        histograms: Array.from({ length: 40 }, (_, night) =>
          night < 26 ? distribution(night + 1, night < 13 ? 0 : 0.03) : last(night),
        ),
      });
    // Everything 19 % slower from night 26 on: its p50 moved most, and is far below the p99 of before.
    const slower = changes(whole((night) => scaled(distribution(night + 1, 0.03), 2)));
    expect(slower.map(({ quantile }) => quantile)).toEqual(["p99", expect.anything()]);
    expect(slower.map(({ state }) => state)).toEqual(["open", "open"]);
    const back = changes(whole((night) => distribution(night - 25, 0)));
    expect(back.map(({ state }) => state)).toEqual(["recovered", "accepted"]);
  });

  it("survives values of 0, and a series that never changes", () => {
    const { points } = series(8, () => 1);
    const errors = points.map((point, night) => ({ ...point, value: night < 20 ? 0 : 0.01 + (night % 4) / 1000 }));
    const rate = { metric: "error_rate", statistic: "value" } as const;
    expect(changes(series(8, () => 1, { ...rate, points: errors }))).toMatchObject([{ index: 20, direction: "worse" }]);
    const never = points.map((point) => ({ ...point, value: 0 }));
    expect(changes(series(8, () => 1, { ...rate, points: never }))).toEqual([]);
  });
});
