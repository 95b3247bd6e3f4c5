import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Random, seededRandom, standardNormal } from "./random.ts";
import { type Point, type SerialSlope, serialSlope } from "./serial-slope.ts";

interface Golden {
  readonly serial: readonly (SerialSlope & { points: readonly Point[]; cut: number })[];
}

/** Written by test/fixtures/statistics/golden.py with NumPy. */
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/statistics/golden.json", import.meta.url), "utf8"),
);

const SAMPLES = 240;
const SECONDS = SAMPLES / 2;
const RUNS = 200;

type Noise = (random: Random) => (index: number) => number;

const alike =
  (share: number): Noise =>
  (random) => {
    let value = standardNormal(random) / Math.sqrt(1 - share * share);
    return () => {
      value = value * share + standardNormal(random);
      return value;
    };
  };

/** So many collections of garbage in the time that is judged. */
const sawtooth =
  (teeth: number): Noise =>
  (random) => {
    const phase = random();
    return (index) => (((index / SAMPLES) * teeth + phase) % 1) * 10 + 0.3 * standardNormal(random);
  };

function seriesOf(noise: Noise, slope: number, seed: number): Point[] {
  const at = noise(seededRandom(seed));
  return Array.from({ length: SAMPLES }, (_, index) => [index / 2, (slope * index) / 2 + at(index)]);
}

/** How many of the runs say that something grows, and that something shrinks. */
function alarms(noise: Noise, slope: number): { grows: number; shrinks: number } {
  const all = Array.from({ length: RUNS }, (_, seed) => serialSlope(seriesOf(noise, slope, seed + 1), 24));
  return {
    grows: all.filter((found) => (found?.lower ?? 0) > 0).length,
    shrinks: all.filter((found) => (found?.upper ?? 0) < 0).length,
  };
}

describe("the slope of a series whose neighbours are alike", () => {
  it.each(golden.serial)(
    "is $median with its interval, from $blocks stretches alike by $autocorrelation",
    (expected) => {
      const { points, cut, ...slope } = expected;
      const near = (value: number) => expect.closeTo(value, 9);
      expect(serialSlope(points, cut)).toEqual({
        median: near(slope.median),
        lower: near(slope.lower),
        upper: near(slope.upper),
        autocorrelation: near(slope.autocorrelation),
        blocks: slope.blocks,
      });
    },
  );

  it("does not depend on where time begins", () => {
    for (const { points, cut, autocorrelation, lower, upper } of golden.serial) {
      const found = serialSlope(
        points.map(([x, y]) => [x + 64, y]),
        cut,
      );
      expect(found).toMatchObject({ lower: expect.closeTo(lower, 9), upper: expect.closeTo(upper, 9) });
      expect(found?.autocorrelation).toBeCloseTo(autocorrelation, 9);
    }
  });

  it.each([
    ["independent noise", alike(0)],
    ["noise of which 0.8 stays from one sample to the next", alike(0.8)],
    ["twelve collections of garbage", sawtooth(12)],
    ["three collections of garbage", sawtooth(3)],
    ["one and a half collections of garbage", sawtooth(1.5)],
  ])("is said to grow in at most 4 % of series without growth: %s", (_, noise) => {
    const { grows, shrinks } = alarms(noise, 0);
    expect(grows).toBeLessThanOrEqual(0.04 * RUNS);
    expect(shrinks).toBeLessThanOrEqual(0.04 * RUNS);
  });

  it.each([
    ["independent noise", alike(0), 3 / SECONDS],
    ["noise of which 0.8 stays", alike(0.8), 8 / SECONDS],
    ["twelve collections of garbage", sawtooth(12), 6 / SECONDS],
    ["three collections of garbage, each of a third of what is lost", sawtooth(3), 30 / SECONDS],
  ])("is found in nine of ten series that do grow: %s", (_, noise, slope) => {
    expect(alarms(noise, slope).grows).toBeGreaterThanOrEqual(0.9 * RUNS);
  });

  it("has an interval that holds the true slope in 19 of 20 series", () => {
    const slope = 0.05;
    const holding = Array.from({ length: RUNS }, (_, seed) => serialSlope(seriesOf(alike(0.8), slope, seed + 1), 24));
    const inside = holding.filter((found) => found !== undefined && found.lower < slope && found.upper > slope);
    expect(inside.length).toBeGreaterThanOrEqual(0.93 * RUNS);
  });

  it("is not told from fewer than ten stretches with a value", () => {
    const points = seriesOf(alike(0), 1, 1);
    expect(serialSlope(points.slice(0, 9), 24)).toBeUndefined();
    expect(serialSlope([], 24)).toBeUndefined();
    expect(serialSlope([[1, 5]], 24)).toBeUndefined();
  });

  it("of a line without noise is the line's", () => {
    const found = serialSlope(
      seriesOf(() => () => 0, 2, 1),
      24,
    );
    expect(found?.median).toBeCloseTo(2, 9);
    expect(found?.lower).toBeCloseTo(2, 9);
    expect(found?.upper).toBeCloseTo(2, 9);
  });
});
