import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { medianInterval, summary } from "./samples.ts";

describe("the summary of samples", () => {
  it("interpolates between closest ranks", () => {
    const samples = Array.from({ length: 101 }, (_, index) => 101 - index);
    expect(summary(samples)).toEqual({ mean: 51, min: 1, p50: 51, p90: 91, p95: 96, p99: 100, max: 101 });
    expect(summary([4, 1, 3, 2]).p50).toBe(2.5);
    expect(summary([]).mean).toBe(0);
  });

  it("never leaves the samples, and rises with the percentile", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1 }), (samples) => {
        const { min, p50, p90, p95, p99, max } = summary(samples);
        const rising = [Math.min(...samples), min, p50, p90, p95, p99, max, Math.max(...samples)];
        expect(rising).toEqual([...rising].sort((a, b) => a - b));
      }),
    );
  });
});

describe("the interval of a median", () => {
  // 1 − 2·P(B(n, ½) < k): n = 6 gives 0.969 with k = 1; n = 9 gives 0.961 and n = 15 gives 0.965 with k = 2 and 4.
  it.each([
    [6, 1],
    [9, 2],
    [15, 4],
    [20, 6],
  ])("of %i counts runs from the %i-th smallest to the one as far from the top", (n, k) => {
    const counts = Array.from({ length: n }, (_, index) => n - index);
    expect(medianInterval(counts)).toEqual({ median: (n + 1) / 2, lower: k, upper: n + 1 - k, counts: n });
  });

  it("is not there for five counts, whose extremes enclose the median with only 93.75 %", () => {
    expect(medianInterval([1, 2, 3, 4, 5])).toBeUndefined();
    expect(medianInterval([])).toBeUndefined();
  });

  it("holds the true median in at least 95 % of draws", () => {
    let held = 0;
    let state = 1;
    for (let draw = 0; draw < 4000; draw += 1) {
      const counts = Array.from({ length: 9 }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
      });
      const interval = medianInterval(counts);
      held += interval !== undefined && interval.lower <= 0.5 && interval.upper >= 0.5 ? 1 : 0;
    }
    expect(held / 4000).toBeGreaterThan(0.95);
    expect(held / 4000).toBeLessThan(0.975);
  });
});
