import { describe, expect, it } from "vitest";
import { bisect, bisectUp, lastWhere } from "./bisection.ts";

describe("the number where something ends", () => {
  it("is found to the last bit", () => {
    expect(bisect(0, 2, (value) => value * value < 2)).toBe(Math.SQRT2);
    expect(bisect(0, 1, (value) => value < 0.3)).toBe(0.3);
    expect(bisect(-3, -1, (value) => value < -2.5)).toBe(-2.5);
  });

  it("is the upper end where it never ends, and the next number after the lower one where it never begins", () => {
    expect(bisect(0, 40, () => true)).toBe(40);
    expect(bisect(1, 2, () => false)).toBe(1 + Number.EPSILON);
  });
});

describe("the number above 0 where something ends", () => {
  it.each([0.3, 1, 2, 1e150])("is found however far it lies from the first guess: %d", (end) => {
    expect(bisectUp(1, (value) => value < end)).toBe(end);
  });
});

describe("the last rank that holds", () => {
  it.each([0, 1, 2, 5, 6, 7])("is %i of seven", (last) => {
    const asked: number[] = [];
    const found = lastWhere(7, (rank) => {
      asked.push(rank);
      return rank <= last;
    });
    expect(found).toBe(last);
    expect(asked).toHaveLength(3);
    expect(asked.every((rank) => rank >= 1 && rank <= 7)).toBe(true);
  });

  it("of no rank is none", () => {
    expect(lastWhere(0, () => true)).toBe(0);
  });
});
