import { describe, expect, it } from "vitest";
import { type Point, serialSlope } from "./serial-slope.ts";

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SAMPLES = 240;
const SECONDS = SAMPLES / 2;
const RUNS = 200;

type Noise = (random: () => number) => (index: number) => number;

const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const alike =
  (share: number): Noise =>
  (random) => {
    let value = normal(random) / Math.sqrt(1 - share * share);
    return () => {
      value = value * share + normal(random);
      return value;
    };
  };

/** So many collections of garbage in the time that is judged. */
const sawtooth =
  (teeth: number): Noise =>
  (random) => {
    const phase = random();
    return (index) => (((index / SAMPLES) * teeth + phase) % 1) * 10 + 0.3 * normal(random);
  };

function seriesOf(noise: Noise, slope: number, seed: number): Point[] {
  const at = noise(seeded(seed));
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
