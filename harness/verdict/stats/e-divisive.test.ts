import { describe, expect, it } from "vitest";
import { type Divisive, eDivisive } from "./e-divisive.ts";
import { seededRandom } from "./random.ts";

function splitsOf(values: readonly number[], options: Partial<Divisive> = {}) {
  const distance = (i: number, j: number) => Math.abs((values[i] ?? Number.NaN) - (values[j] ?? Number.NaN));
  const usual = { alpha: 0.05, minimumSegment: 3, permutations: 39, random: seededRandom(1) };
  return eDivisive(values.length, distance, { ...usual, ...options });
}

const six = (level: number) => new Array<number>(6).fill(level);

/** What every value stays at its place with. */
const unmoved = () => 1 - Number.EPSILON;

describe("the splits of a series", () => {
  it("are all its changes of level in their order, each as good as its definition says", () => {
    const found = splitsOf([...six(0), ...six(10), ...six(100), ...six(103)]);
    expect(found.map(({ index, p }) => [index, p])).toEqual([
      [6, 0.025],
      [12, 0.025],
      [18, 0.025],
    ]);
    // nm ÷ (n + m) times the energy: 3 · 2 · 10 and 3 · 2 · 3 of six on each side. In the middle, of twelve on each side, the
    // distances between are 96.5 in the mean, and 36 of the 66 within are 10 or 3.
    expect(found[0]?.quality).toBeCloseTo(60, 9);
    expect(found[1]?.quality).toBeCloseTo(6 * (2 * 96.5 - (36 * 13) / 66), 9);
    expect(found[2]?.quality).toBeCloseTo(18, 9);
  });

  it("are looked for where the two sides are farthest apart, not in the last part", () => {
    const steady = [100, 101, 99, 100.5, 99.2, 100.8, 99.7, 100.1, 101.2, 98.9, 100.3, 99.5];
    expect(splitsOf([...six(0), ...six(30), ...steady]).map(({ index }) => index)).toEqual([6, 12]);
    expect(splitsOf([...steady, ...six(0), ...six(30)]).map(({ index }) => index)).toEqual([12, 18]);
    expect(splitsOf(steady)).toEqual([]);
  });

  it("have a side of no fewer points than asked for, even where two wild ones stand farther apart", () => {
    const found = splitsOf([0, 0, 0, 0, 9, 9, 0, 0, 0, 0], { alpha: 1, permutations: 0 });
    expect(found.map(({ index }) => index)).toEqual([4, 7]);
    // Four of 0 against 9, 9 and 0: 2 · 6 between and 6 within, times 4 · 3 ÷ 7.
    expect(found[0]?.quality).toBeCloseTo(72 / 7, 9);
  });

  it("are none in a series too short for two parts, or of nothing", () => {
    expect(splitsOf([1, 1, 1, 9, 9])).toEqual([]);
    expect(splitsOf([1, 1, 1, 9, 9, 9]).map(({ index }) => index)).toEqual([]);
    expect(splitsOf([])).toEqual([]);
  });
});

describe("the p of a split", () => {
  const step = [0, 0, 1, 1];

  it("counts a series in its own order as one more that is as good, and a p of alpha is small enough", () => {
    const once = { minimumSegment: 2, permutations: 1, random: unmoved };
    expect(splitsOf(step, { ...once, alpha: 1 })).toEqual([{ index: 2, quality: 2, p: 1 }]);
    expect(splitsOf(step, { ...once, alpha: 0.99 })).toEqual([]);
  });

  it("does not count an order without any split", () => {
    // 0, 1, 0, 1: the two sides are nearer to each other than each is to itself.
    const turns = [0.99, 0.4, 0.99];
    let drawn = 0;
    const random = () => turns[drawn++ % 3] ?? 0;
    expect(splitsOf(step, { minimumSegment: 2, permutations: 3, alpha: 0.25, random })).toEqual([
      { index: 2, quality: 2, p: 0.25 },
    ]);
    expect(drawn).toBe(9);
  });

  it("is not looked for any further when it can no longer be at most alpha", () => {
    let drawn = 0;
    const random = () => {
      drawn += 1;
      return unmoved();
    };
    expect(splitsOf(step, { minimumSegment: 2, permutations: 99, random })).toEqual([]);
    // Five orders that are as good make it 6 in 100; each takes three numbers.
    expect(drawn).toBe(15);
  });
});
