import { describe, expect, it } from "vitest";
import { hodgesLehmann, hodgesLehmannPaired } from "./hodges-lehmann.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { doubledRanks, sumOfDrawn, sumOfSigned, tieSizes, tieTerm } from "./ranks.ts";
import { signedRank } from "./signed-rank.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("ranks", () => {
  it("are doubled, so that equal values share a whole number", () => {
    expect(doubledRanks([30, 100, 9, 30])).toEqual([5, 8, 2, 5]);
    expect(doubledRanks([7, 7, 7])).toEqual([4, 4, 4]);
    expect(doubledRanks([])).toEqual([]);
  });

  it("have ties that are counted by value", () => {
    expect(tieSizes([5, 3, 5, 4, 3, 5])).toEqual([3, 2, 1]);
    expect(tieTerm([5, 3, 5, 4, 3, 5])).toBe(24 + 6);
    expect(tieTerm([])).toBe(0);
  });

  it("of which two of three are drawn have three sums, each as likely, and none beyond the largest", () => {
    const chances = [...sumOfDrawn([4, 2, 6], 2)];
    const third = expect.closeTo(1 / 3, 14);
    expect(chances).toEqual([0, 0, 0, 0, 0, 0, third, 0, third, 0, third]);
    expect([...sumOfDrawn([4, 2, 6], 0)]).toEqual([1]);
    expect(sumOfDrawn([4, 2, 6], 3).at(-1)).toBe(1);
  });

  it("that are taken or left have all sums from nothing to everything", () => {
    expect([...sumOfSigned([2, 4])]).toEqual([0.25, 0, 0.25, 0, 0.25, 0, 0.25]);
    expect([...sumOfSigned([])]).toEqual([1]);
  });
});

describe("beyond 60 values", () => {
  it("two equal groups, and differences as much above 0 as below, have a p of 1", () => {
    expect(mannWhitney(upTo(31), upTo(31))).toEqual({ u: 31 ** 2 / 2, p: 1 });
    const around = upTo(62).map((index) => (index % 2 === 0 ? index + 1 : -index));
    expect(signedRank(around)).toEqual({ w: (62 * 63) / 4, p: 1 });
  });

  it("there is no end where all ranks are within the error: one value against sixty", () => {
    expect(hodgesLehmann([10], upTo(60), 0.95)).toEqual({
      shift: 19.5,
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
    });
  });
});

describe("without a value", () => {
  it("there is no shift, no centre and nothing but chance", () => {
    const nothing = { shift: Number.NaN, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
    expect(hodgesLehmann([1], [], 0.95)).toEqual(nothing);
    expect(hodgesLehmannPaired([], 0.95)).toEqual(nothing);
    expect(signedRank([])).toEqual({ w: 0, p: 1 });
  });
});
