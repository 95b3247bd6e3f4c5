import { describe, expect, it } from "vitest";
import { sequentialLooks } from "../stats/alpha-spending.ts";
import type { AbRules } from "./ab-verdict.ts";
import { levelAt } from "./looks.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = (change: Partial<AbRules> = {}): AbRules => ({
  ...DEFAULT_AB_RULES,
  minimumStarts: 6,
  mostStarts: 8,
  ...change,
});
const level = (fractions: readonly number[]) => sequentialLooks(fractions, 0.05, "pocock").at(-1)?.level;
const at = (sound: number, change: Partial<AbRules> = {}) => levelAt(0.05, sound, rules(change));

describe("the level of a look", () => {
  it("is 0 before the first one, even where no further start can come", () => {
    expect([at(0), at(5), at(5, { over: true })]).toEqual([0, 0, 0]);
  });

  it("is its share of the plan: a look after every start from the first one, spent evenly", () => {
    expect(at(6)).toBe(level([6 / 8]));
    expect(at(7)).toBe(level([6 / 8, 7 / 8]));
    expect(at(8)).toBe(level([6 / 8, 7 / 8, 1]));
    expect(at(6)).toBeLessThan(0.05);
  });

  it("is all that is left where no further start can come", () => {
    expect(at(6, { over: true })).toBeCloseTo(0.05, 12);
    expect(at(7, { over: true })).toBe(level([6 / 8, 1]));
  });

  it("goes on with the plan as long as there are starts, be they more than were planned", () => {
    expect(at(9)).toBe(level([6 / 9, 7 / 9, 8 / 9, 1]));
    expect(at(7, { mostStarts: 3 })).toBe(level([6 / 7, 1]));
  });
});
