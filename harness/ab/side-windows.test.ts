import { describe, expect, it } from "vitest";
import type { MetricsExport, Point } from "../collect/otlp.ts";
import type { HistogramRecord } from "../collect/record.ts";
import { createSideWindows, isSteady } from "./side-windows.ts";

/** All values in the bucket that ends at 2^(index + 1). */
function histogram(counts: Readonly<Record<number, number>>): HistogramRecord {
  const indices = Object.keys(counts).map(Number);
  const [lowest, highest] = [Math.min(...indices), Math.max(...indices)];
  const list = Array.from({ length: highest - lowest + 1 }, (_, at) => counts[lowest + at] ?? 0);
  const count = list.reduce((sum, one) => sum + one, 0);
  return { scale: 0, offset: lowest, counts: list, zeroCount: 0, count, sum: count, min: 0, max: 1e6 };
}

function exported(time: number, side: string, values: HistogramRecord, requests: number): MetricsExport {
  const attributes = { side, phase: "warmup" };
  const common = { attributes, start: 0, time, temporality: "cumulative" } as const;
  const points: Point[] = [
    { ...common, metric: "latency", series: `latency ${side}`, kind: "histogram", value: values },
    { ...common, metric: "http_reqs", series: `http_reqs ${side}`, kind: "sum", value: requests },
  ];
  return { at: time, points, explicitBuckets: [] };
}

describe("the windows of a warm-up", () => {
  it("are what came between two exports, each side by itself", () => {
    const windows = createSideWindows();
    windows.add(exported(1000, "base", histogram({ 3: 100 }), 100));
    windows.add(exported(1000, "head", histogram({ 5: 40 }), 40));
    // Of all 400 so far most are still in bucket 3; of the 300 that came since, in bucket 1.
    windows.add(exported(1500, "base", histogram({ 1: 199, 3: 201 }), 400));
    const { base, head } = windows.medians();
    expect(base).toHaveLength(2);
    expect(base[0]).toBeCloseTo(Math.sqrt(8 * 16), 9);
    expect(base[1]).toBeCloseTo(Math.sqrt(2 * 4), 9);
    expect(head).toEqual([expect.closeTo(Math.sqrt(32 * 64), 9)]);
    expect(windows.requests()).toEqual({ base: 400, head: 40 });
  });

  it("count nothing twice when an export comes again, and leave out a handful of requests", () => {
    const windows = createSideWindows();
    windows.add(exported(1000, "base", histogram({ 3: 100 }), 100));
    windows.add(exported(1000, "base", histogram({ 3: 100 }), 100));
    windows.add(exported(1010, "base", histogram({ 3: 103 }), 103));
    expect(windows.medians().base).toHaveLength(1);
    expect(windows.requests().base).toBe(103);
  });
});

describe("a warm-up is steady", () => {
  it("when the lowest of the last four medians is not more than 5 % below that of the four before", () => {
    expect(isSteady([9, 5, 3, 2, 1, 1.02, 0.98, 1, 1.03, 1.01, 0.96, 1.02])).toBe(true);
    expect(isSteady([9, 5, 3, 2, 1, 1.02, 0.98, 1, 1.03, 1.01, 0.92, 1.02])).toBe(false);
  });

  it("though the machine was busy with something else in some of the windows", () => {
    expect(isSteady([1, 1.02, 4, 1, 7, 1.03, 1, 3])).toBe(true);
  });

  it("not while they still fall, nor before there are eight", () => {
    expect(isSteady([2, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2, 1.15])).toBe(false);
    expect(isSteady([1, 1, 1, 1, 1, 1, 1])).toBe(false);
  });
});
