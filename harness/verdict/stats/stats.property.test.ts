import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eDivisive } from "./e-divisive.ts";
import { hodgesLehmann, hodgesLehmannPaired } from "./hodges-lehmann.ts";
import { holm } from "./holm.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { equivalenceTest, meanInterval, meanTest } from "./mean-interval.ts";
import { harrellDavis, quantile, quantileInterval } from "./quantiles.ts";
import { seededRandom, shuffled, standardNormal } from "./random.ts";
import { signedRank } from "./signed-rank.ts";
import { wasserstein } from "./wasserstein.ts";
import { welch } from "./welch.ts";

/** Whole numbers, so that ties occur and that scaling and negating lose no digit. */
const group = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 2, maxLength: 9 });
const close = (actual: number, expected: number) => {
  if (actual !== expected) expect(Math.abs(actual - expected)).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)));
};
const negated = (values: readonly number[]) => values.map((value) => -value);
const times = (values: readonly number[], factor: number) => values.map((value) => value * factor);

describe("two groups", () => {
  it("change sign and nothing else when they change places", () => {
    fc.assert(
      fc.property(group, group, (a, b) => {
        const [there, back] = [hodgesLehmann(a, b, 0.9), hodgesLehmann(b, a, 0.9)];
        close(there.shift, -back.shift);
        close(there.lower, -back.upper);
        close(mannWhitney(a, b).p, mannWhitney(b, a).p);
        close(mannWhitney(a, b).u + mannWhitney(b, a).u, a.length * b.length);
        const [means, swapped] = [welch(a, b, 0.9), welch(b, a, 0.9)];
        close(means?.upper ?? 0, -(swapped?.lower ?? 0));
        close(means?.p ?? 0, swapped?.p ?? 0);
      }),
    );
  });

  it("do not depend on the unit or the order of the values", () => {
    fc.assert(
      fc.property(group, group, fc.constantFrom(0.25, 1024), fc.integer(), (a, b, unit, seed) => {
        const mixed = shuffled(times(a, unit), seededRandom(seed));
        close(mannWhitney(mixed, times(b, unit)).p, mannWhitney(a, b).p);
        close(hodgesLehmann(mixed, times(b, unit), 0.9).upper, unit * hodgesLehmann(a, b, 0.9).upper);
        close(welch(mixed, times(b, unit), 0.9)?.p ?? 0, welch(a, b, 0.9)?.p ?? 0);
      }),
    );
  });

  it("never have a p of 0 or above 1, and an interval that holds the shift", () => {
    fc.assert(
      fc.property(group, group, (a, b) => {
        const { p } = mannWhitney(a, b);
        expect(p > 0 && p <= 1).toBe(true);
        const { shift, lower, upper } = hodgesLehmann(a, b, 0.9);
        expect(lower <= shift && shift <= upper).toBe(true);
      }),
    );
  });

  it("without ties, the interval leaves 0 out exactly where the test rejects", () => {
    const apart = fc.uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 8, maxLength: 16 });
    fc.assert(
      fc.property(apart, fc.integer({ min: 0, max: 120 }), (values, shift) => {
        const [a, b] = [values.slice(0, 4), values.slice(4).map((value) => value + shift + 0.5)];
        const { lower, upper } = hodgesLehmann(a, b, 0.9);
        expect(lower > 0 || upper < 0).toBe(mannWhitney(a, b).p <= 0.1 * (1 + 1e-12));
      }),
    );
  });
});

describe("differences of pairs", () => {
  it("change sign and nothing else when the sides change places, and do not depend on unit and order", () => {
    fc.assert(
      fc.property(group, fc.integer(), (differences, seed) => {
        close(signedRank(differences).p, signedRank(negated(differences)).p);
        close(meanTest(differences), meanTest(shuffled(times(differences, -4), seededRandom(seed))));
        close(equivalenceTest(differences, 3), equivalenceTest(negated(differences), 3));
        close(hodgesLehmannPaired(differences, 0.8).lower, -hodgesLehmannPaired(negated(differences), 0.8).upper);
        close(hodgesLehmannPaired(times(differences, 8), 0.8).shift, 8 * hodgesLehmannPaired(differences, 0.8).shift);
        expect(signedRank(differences).p).toBeGreaterThan(0);
      }),
    );
  });

  it("are equivalent at α exactly where the 1 − 2α interval lies inside the margin", () => {
    fc.assert(
      fc.property(group, fc.integer({ min: 1, max: 60 }), (values, margin) => {
        fc.pre(new Set(values).size > 1);
        const interval = meanInterval(values, 0.9);
        const inside = (interval?.lower ?? NaN) > -margin && (interval?.upper ?? NaN) < margin;
        expect(equivalenceTest(values, margin) < 0.05).toBe(inside);
      }),
    );
  });
});

it("Holm's correction keeps the order, never lowers a p, and is gentler than Bonferroni's", () => {
  const share = fc.double({ min: 1e-9, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 12 }), (values) => {
      const corrected = holm(values);
      for (const [index, p] of values.entries()) {
        const found = corrected[index] ?? Number.NaN;
        expect(found >= p && found <= Math.min(1, p * values.length)).toBe(true);
        for (const [other, q] of values.entries()) if (q > p) expect(corrected[other]).toBeGreaterThanOrEqual(found);
      }
    }),
  );
});

it("quantiles lie within the values and move with them", () => {
  fc.assert(
    fc.property(group, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
      for (const statistic of [quantile, harrellDavis]) {
        const found = statistic(values, p);
        expect(found >= Math.min(...values) - 1e-9 && found <= Math.max(...values) + 1e-9).toBe(true);
        close(statistic(times(values, 4), p), 4 * found);
        close(statistic(negated(values), 1 - p), -found);
      }
      const [interval, mirrored] = [quantileInterval(values, p, 0.5), quantileInterval(negated(values), 1 - p, 0.5)];
      expect(interval?.lower).toBe(mirrored === undefined ? undefined : 0 - mirrored.upper);
    }),
  );
});

describe("distance between histograms", () => {
  const histogram = fc
    .record({
      scale: fc.integer({ min: 0, max: 6 }),
      offset: fc.integer({ min: -50, max: 50 }),
      counts: fc
        .array(fc.nat(20), { minLength: 1, maxLength: 8 })
        .filter((counts) => counts.some((count) => count > 0)),
      zeroCount: fc.nat(3),
    })
    .map((made) => ({
      ...made,
      count: made.counts.reduce((sum, count) => sum + count, made.zeroCount),
      sum: 0,
      min: 0,
      max: 0,
    }));

  it("is 0 to itself, the same both ways, and no longer than a way round where nothing is 0", () => {
    const above = histogram.map((made) => ({ ...made, zeroCount: 0, count: made.count - made.zeroCount }));
    fc.assert(
      fc.property(above, above, above, (a, b, c) => {
        expect(wasserstein(a, a)).toBe(0);
        close(wasserstein(a, b), wasserstein(b, a));
        expect(wasserstein(a, c)).toBeLessThanOrEqual(wasserstein(a, b) + wasserstein(b, c) + 1e-9);
      }),
    );
  });

  it("of one shifted by whole buckets is that shift", () => {
    fc.assert(
      fc.property(histogram, fc.integer({ min: 0, max: 40 }), (made, buckets) => {
        const plain = { ...made, zeroCount: 0, count: made.count - made.zeroCount };
        close(wasserstein(plain, { ...plain, offset: plain.offset + buckets }), buckets * 2 ** -made.scale * Math.LN2);
      }),
    );
  });
});

describe("without a difference", () => {
  /** How many of `trials` have p at most 0.05, 0.2, 0.5: of a valid test no more than that share, beyond chance. */
  function shares(trials: number, test: (draw: () => number[]) => number): number[] {
    const random = seededRandom(5);
    const draw = () => Array.from({ length: 8 }, () => standardNormal(random));
    const found = Array.from({ length: trials }, () => test(draw));
    return [0.05, 0.2, 0.5].map((level) => found.filter((p) => p <= level).length / trials);
  }

  it.each([
    ["Mann and Whitney", (draw: () => number[]) => mannWhitney(draw(), draw()).p],
    ["Wilcoxon", (draw: () => number[]) => signedRank(draw()).p],
    ["Student", (draw: () => number[]) => meanTest(draw())],
    ["Welch", (draw: () => number[]) => welch(draw(), draw(), 0.9)?.p ?? 1],
  ])("the p of %s is spread evenly", (_, test) => {
    const [few = 0, some = 0, half = 0] = shares(4000, test);
    // Four standard errors of a share of 4,000; an exact test of eight values has steps of up to 0.02.
    expect(few > 0.05 - 0.024 && few < 0.05 + 0.014).toBe(true);
    expect(some > 0.2 - 0.045 && some < 0.2 + 0.026).toBe(true);
    expect(half > 0.5 - 0.06 && half < 0.5 + 0.032).toBe(true);
  });

  it("a series is split as seldom as alpha says, and always the same way for the same seed", () => {
    const random = seededRandom(11);
    const split = (values: readonly number[], seed: number) =>
      eDivisive(values.length, (i, j) => Math.abs((values[i] ?? 0) - (values[j] ?? 0)), {
        alpha: 0.05,
        minimumSegment: 3,
        permutations: 99,
        random: seededRandom(seed),
      });
    let found = 0;
    for (let trial = 0; trial < 300; trial += 1) {
      const values = Array.from({ length: 24 }, () => standardNormal(random));
      const splits = split(values, trial);
      expect(split(values, trial)).toEqual(splits);
      if (splits.length > 0) found += 1;
    }
    // 15 are expected; four standard errors are another 15.
    expect(found).toBeGreaterThan(2);
    expect(found).toBeLessThan(31);
  });
});
