import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_HISTOGRAM, mergeHistograms, quantileBounds, subtractHistogram } from "./histogram.ts";
import type { HistogramRecord } from "./record.ts";

/** As k6's exporter fills one: every value in its bucket at the given scale. */
function histogramOf(values: readonly number[], scale: number): HistogramRecord {
  const single = values.map((value): HistogramRecord => {
    const index = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
    const isZero = value === 0;
    return {
      scale,
      offset: isZero ? 0 : index,
      counts: isZero ? [] : [1],
      zeroCount: isZero ? 1 : 0,
      count: 1,
      sum: value,
      min: value,
      max: value,
    };
  });
  return mergeHistograms(single);
}

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low + (high - low) * (rank - Math.floor(rank));
}

const milliseconds = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: 0.001, max: 60_000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const sample = fc.array(milliseconds, { minLength: 1, maxLength: 60 });
const scale = fc.integer({ min: 0, max: 7 });
const histogram = fc.tuple(sample, scale).map(([values, at]) => histogramOf(values, at));

/** `sum` is a sum of fractions: it depends on the order in its last digits. */
function withoutSum({ sum: _, ...rest }: HistogramRecord) {
  return rest;
}

describe("exponential histograms", () => {
  it("merge to the same whatever the order and the brackets", () => {
    fc.assert(
      fc.property(histogram, histogram, histogram, (a, b, c) => {
        const left = mergeHistograms([mergeHistograms([a, b]), c]);
        const right = mergeHistograms([c, mergeHistograms([b, a])]);
        expect(withoutSum(left)).toEqual(withoutSum(right));
        expect(left.sum).toBeCloseTo(right.sum, 6);
      }),
    );
  });

  it("hold each value once after a merge", () => {
    fc.assert(
      fc.property(sample, sample, scale, scale, (one, other, atOne, atOther) => {
        const merged = mergeHistograms([histogramOf(one, atOne), histogramOf(other, atOther)]);
        expect(merged.count).toBe(one.length + other.length);
        expect(merged.zeroCount + merged.counts.reduce((sum, count) => sum + count, 0)).toBe(merged.count);
        expect(merged.min).toBe(Math.min(...one, ...other));
        expect(merged.max).toBe(Math.max(...one, ...other));
      }),
    );
  });

  it("bound the quantile that k6 computes from the values themselves", () => {
    fc.assert(
      fc.property(sample, scale, fc.double({ min: 0, max: 1, noNaN: true }), (values, at, q) => {
        const bounds = quantileBounds(histogramOf(values, at), q);
        const exact = exactQuantile(values, q);
        expect(bounds?.lower).toBeLessThanOrEqual(exact * (1 + 1e-9));
        expect(bounds?.upper).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      }),
    );
  });

  it("come no wider than the scale says when a quantile falls on one value", () => {
    const bounds = quantileBounds(histogramOf([10, 20, 30], 6), 0.5);
    expect(bounds?.lower).toBeGreaterThan(19.7);
    expect(bounds?.upper).toBeLessThan(20.3);
  });

  it("give back by difference what came between two cumulative points", () => {
    fc.assert(
      fc.property(
        sample,
        sample,
        fc.integer({ min: 3, max: 7 }),
        fc.integer({ min: 0, max: 3 }),
        (one, other, at, coarser) => {
          const earlier = histogramOf(one, at);
          // A cumulative series goes to a coarser scale as its range grows.
          const later = histogramOf([...one, ...other], at - coarser);
          const gain = subtractHistogram(later, earlier);
          expect(gain.count).toBe(other.length);
          expect(gain.sum).toBeCloseTo(
            other.reduce((sum, value) => sum + value, 0),
            3,
          );
          expect(gain.min).toBeLessThanOrEqual(Math.min(...other) * (1 + 1e-9));
          expect(gain.max).toBeGreaterThanOrEqual(Math.max(...other) * (1 - 1e-9));
          for (const q of [0, 0.5, 0.95, 1]) {
            const bounds = quantileBounds(gain, q);
            expect(bounds?.lower).toBeLessThanOrEqual(exactQuantile(other, q) * (1 + 1e-9));
            expect(bounds?.upper).toBeGreaterThanOrEqual(exactQuantile(other, q) * (1 - 1e-9));
          }
        },
      ),
    );
  });

  it("add up from their differences to the last point", () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 8 }), fc.integer({ min: 2, max: 6 }), (parts, at) => {
        const points = parts.map((_, index) => histogramOf(parts.slice(0, index + 1).flat(), at));
        const gains = points.map((point, index) => subtractHistogram(point, points[index - 1] ?? EMPTY_HISTOGRAM));
        const whole = mergeHistograms(gains);
        const last = points.at(-1) ?? EMPTY_HISTOGRAM;
        expect({ ...whole, sum: 0, min: 0, max: 0 }).toEqual({ ...last, sum: 0, min: 0, max: 0 });
        expect(whole.sum).toBeCloseTo(last.sum, 3);
      }),
    );
  });

  it("stay small when a single exact value meets a wide range", () => {
    const exact = { ...histogramOf([1], 0), scale: 20, offset: 3_555_842 };
    const merged = mergeHistograms([exact, histogramOf([0.001, 60_000], 6)]);
    expect(merged.counts.length).toBeLessThanOrEqual(640);
    expect(merged.count).toBe(3);
  });

  it("say nothing of no values", () => {
    expect(quantileBounds(EMPTY_HISTOGRAM, 0.95)).toBeUndefined();
    expect(mergeHistograms([])).toEqual(EMPTY_HISTOGRAM);
  });
});
