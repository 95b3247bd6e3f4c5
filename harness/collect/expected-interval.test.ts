import { describe, expect, it } from "vitest";
import { correctedForOmission } from "./expected-interval.ts";
import { EMPTY_HISTOGRAM, quantileBounds } from "./histogram.ts";
import type { HistogramRecord } from "./record.ts";

const SCALE = 7;

/** Of value → count. */
function histogramOf(values: ReadonlyMap<number, number>): HistogramRecord {
  const indexes = [...values.keys()].map((value) => Math.ceil(Math.log2(value) * 2 ** SCALE) - 1);
  const offset = Math.min(...indexes);
  const counts = new Array<number>(Math.max(...indexes) - offset + 1).fill(0);
  for (const [at, count] of [...values.values()].entries()) counts[(indexes[at] ?? 0) - offset] = count;
  const count = [...values.values()].reduce((a, b) => a + b, 0);
  const sum = [...values].reduce((total, [value, times]) => total + value * times, 0);
  const [min, max] = [Math.min(...values.keys()), Math.max(...values.keys())];
  return { ...EMPTY_HISTOGRAM, scale: SCALE, offset, counts, count, sum, min, max };
}

describe("latency of a closed loop, corrected for an expected interval", () => {
  it("of a system that answers in 1 ms for 100 s and stands still for 100 s is Tene's: p50 1 ms, p75 50 s, p99 98 s", () => {
    // "How NOT to measure latency": asked every 10 ms by one user, of whom 10,000 requests and one are seen.
    const seen = histogramOf(
      new Map([
        [1, 10_000],
        [100_000, 1],
      ]),
    );
    const corrected = correctedForOmission(seen, 10);
    expect(corrected.count).toBe(20_000);
    for (const [q, expected] of [
      [0.75, 50_000],
      [0.99, 98_000],
      [0.9999, 99_980],
    ] as const) {
      expect((quantileBounds(corrected, q)?.upper ?? 0) / expected).toBeCloseTo(1, 1);
    }
    expect(quantileBounds(corrected, 0.49)?.upper).toBeLessThan(1.01);
    expect(quantileBounds(seen, 0.99)?.upper).toBeLessThan(1.01);
  });

  it("adds what HdrHistogram adds: v − i, v − 2i, … down to i", () => {
    const corrected = correctedForOmission(histogramOf(new Map([[35, 2]])), 10);
    // 25 and 15; 5 is below the interval.
    expect(corrected.count).toBe(2 + 2 * 2);
    expect(corrected.min).toBeCloseTo(15, 0);
    expect(corrected.max).toBe(35);
  });

  it("leaves alone what never took longer than the interval, and an interval that is none", () => {
    const quick = histogramOf(new Map([[9, 5]]));
    expect(correctedForOmission(quick, 10)).toBe(quick);
    expect(correctedForOmission(quick, 0)).toBe(quick);
    expect(correctedForOmission(quick, Number.POSITIVE_INFINITY)).toBe(quick);
  });
});
