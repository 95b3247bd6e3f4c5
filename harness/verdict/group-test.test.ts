import { describe, expect, it } from "vitest";
import { holmLevels, testOf } from "./group-test.ts";
import { welch } from "./stats/welch.ts";

const ALPHA = 0.05;
const LEFT = [1, 2, 3, 4, 5];
/** Five above all, with one, with two pairs the other way round, and five among them: 2, 4, 8 and 200 odd of 252. */
const APART = { left: LEFT, right: [6, 7, 8, 9, 10] };
const NEARLY = { left: LEFT, right: [4.5, 7, 8, 9, 10] };
const HARDLY = { left: LEFT, right: [3.5, 7, 8, 9, 10] };
const MIXED = { left: LEFT, right: [0.5, 2.5, 3.5, 4.5, 5.5] };

describe("the levels of a family of figures", () => {
  const levels = (...samples: (typeof APART)[]) => [...holmLevels(samples, ALPHA).values()];
  const close = (level: number, p: number) => ({ level: expect.closeTo(level, 12), p: expect.closeTo(p, 9) });

  it("grow with the rank of their chance, whatever the order in which they came", () => {
    expect(levels(HARDLY, APART, NEARLY)).toEqual([
      close(ALPHA, 8 / 252),
      close(ALPHA / 3, (3 * 2) / 252),
      close(ALPHA / 2, (2 * 4) / 252),
    ]);
  });

  it("are shared from where nothing more is found", () => {
    const [mixed, apart, alike] = levels(MIXED, APART, { left: LEFT, right: LEFT });
    expect(apart).toEqual(close(ALPHA / 3, (3 * 2) / 252));
    expect(mixed?.level).toBeCloseTo(ALPHA / 2, 12);
    expect(alike).toEqual(close(ALPHA / 2, 1));
    expect(levels(MIXED, { ...MIXED }).map(({ level }) => level)).toEqual([ALPHA / 2, ALPHA / 2]);
  });

  it("are those of each sample by itself where it is the only one, and none without any", () => {
    expect(levels(APART)).toEqual([close(ALPHA, 2 / 252)]);
    expect(levels()).toEqual([]);
  });
});

describe("the test of two groups", () => {
  it("is on ranks from where these can be significant at the strictest level", () => {
    expect(testOf(APART, 2 / 252).test).toBe("Mann-Whitney");
    expect(testOf(APART, 1.99 / 252).test).toBe("Welch");
    const uneven = { left: [1, 2, 3, 4], right: [5, 6, 7, 8, 9, 10, 11, 12] };
    expect(testOf(uneven, 2 / 495).test).toBe("Mann-Whitney");
    expect(testOf(uneven, 1.99 / 495).test).toBe("Welch");
  });

  it("on ranks has the middle of all differences, and the interval of the level that it is asked for", () => {
    const { p, interval } = testOf(APART, ALPHA);
    expect(p).toBeCloseTo(2 / 252, 12);
    expect(interval(ALPHA)).toEqual({ value: 5, lower: 2, upper: 8 });
    expect(interval(2.1 / 252)).toEqual({ value: 5, lower: 1, upper: 9 });
  });

  it("on means has their difference, and the interval of Welch", () => {
    const few = { left: [1, 2, 4], right: [5, 6, 9] };
    const { p, interval } = testOf(few, ALPHA);
    const expected = welch(few.left, few.right, 1 - ALPHA);
    expect(p).toBe(expected?.p);
    expect(interval(ALPHA)).toEqual({
      value: expect.closeTo(13 / 3, 12),
      lower: expected?.lower,
      upper: expected?.upper,
    });
    expect(interval(0.5)).toMatchObject({ lower: welch(few.left, few.right, 0.5)?.lower });
  });

  it("without any spread has a difference without a width, and the chance of ranks", () => {
    const { test, p, interval } = testOf({ left: [1, 1, 1], right: [3, 3, 3] }, ALPHA);
    expect(test).toBe("Welch");
    expect(p).toBeCloseTo(0.1, 12);
    expect(interval(ALPHA)).toEqual({ value: 2, lower: 2, upper: 2 });
  });
});
