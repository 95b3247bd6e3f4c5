import { describe, expect, it } from "vitest";
import type { HistogramRecord } from "../collect/record.ts";
import { stepped } from "./sample-series.ts";
import { type Series, trendOf } from "./trend.ts";

/** The powers of two in whose buckets the quick, the slow and the slowest answers of a night lie: its p50, p95 and p99. */
type Night = readonly [p50: number, p95: number, p99: number];

function latencies([p50, p95, p99]: Night): HistogramRecord {
  const counts = new Array<number>(p99 - p50 + 1).fill(0);
  counts[0] = 900;
  counts[p95 - p50] = 60;
  counts[p99 - p50] = 40;
  return { scale: 0, offset: p50, counts, zeroCount: 0, count: 1000, sum: 0, min: 2 ** p50, max: 2 ** (p99 + 1) };
}

/** Ten nights of each. */
const distribution = (...nights: readonly Night[]) =>
  stepped(
    9,
    nights.map(([p50]) => p50),
    {
      statistic: "distribution",
      histograms: nights.flatMap((night) => new Array<HistogramRecord>(10).fill(latencies(night))),
    },
  );
const middle = (power: number) => 2 ** (power + 0.5);
const NORMAL: Night = [3, 5, 7];
const SLOW_TAIL: Night = [3, 5, 9];

describe("a change of a distribution", () => {
  const changes = (...nights: readonly Night[]) => trendOf([distribution(...nights)], []).series[0]?.changes ?? [];

  it.each<[string, Night, Night, number, number]>([
    ["p50", [3, 7, 9], [5, 7, 9], 3, 5],
    ["p95", [3, 5, 9], [3, 7, 9], 5, 7],
    ["p99", NORMAL, SLOW_TAIL, 7, 9],
    ["p99", SLOW_TAIL, NORMAL, 9, 7],
    // All by as much.
    ["p50", NORMAL, [4, 6, 8], 3, 4],
  ])("is told by %s where that moved most: %j, then %j", (quantile, one, other, before, after) => {
    const [found, ...more] = changes(one, other);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ index: 10, quantile, direction: before < after ? "worse" : "better" });
    expect(found?.before).toBeCloseTo(middle(before), 9);
    expect(found?.after).toBeCloseTo(middle(after), 9);
    expect(found?.ratio).toBeCloseTo(2 ** (after - before), 9);
  });

  it.each<[Night, string]>([
    [NORMAL, "recovered"],
    // Its median is better than ever, and the tail as slow as before.
    [[1, 5, 9], "open"],
  ])("of the tail, and then to %j, is %s", (last, state) => {
    expect(changes(NORMAL, SLOW_TAIL, last)[0]).toMatchObject({ quantile: "p99", state });
  });
});

describe("a change of a distribution that a percentile tells already", () => {
  const slower = distribution(NORMAL, SLOW_TAIL);
  /** A percentile that changes in this night. */
  const percentile = (night: number, [before, after]: readonly number[] = [10, 12], more: Partial<Series> = {}) =>
    stepped(
      2,
      [
        [before ?? 0, night],
        [after ?? 0, 20 - night],
      ],
      more,
    );
  const told = (...others: readonly Series[]) => trendOf([...others, slower], []).series.at(-1)?.changes.length === 1;

  it("is not told again in the same place, or two runs beside it", () => {
    expect(told()).toBe(true);
    expect([7, 8, 10, 12, 13].map((night) => told(percentile(night)))).toEqual([true, false, false, false, true]);
    expect(told(percentile(10), percentile(14))).toBe(false);
  });

  it("is told where that one got better", () => {
    expect(told(percentile(10, [12, 10]))).toBe(true);
  });

  it.each<Partial<Series>>([
    { metric: "scheduled_latency" },
    { fingerprint: "g" },
    { part: "soak" },
    { subject: { kind: "endpoint", name: "other" } },
    { statistic: "distribution" },
  ])("is told beside one of %j, which is another story", (more) => {
    expect(told(percentile(10, undefined, more))).toBe(true);
  });
});
