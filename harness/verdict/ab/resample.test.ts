import { describe, expect, it } from "vitest";
import { changeStarts, sampleComparison } from "../sample-comparison.ts";
import { resampleVerdicts } from "./resample.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = { ...DEFAULT_AB_RULES, minimumStarts: 3, mostStarts: 4 };
const none = { REGRESSED: 0, IMPROVED: 0, EQUIVALENT: 0, INCONCLUSIVE: 0, INVALID: 0 };

/** Gives these numbers, again and again, and counts how many were asked for. */
function inTurn(...numbers: readonly number[]) {
  const random = () => {
    random.asked += 1;
    return numbers[(random.asked - 1) % numbers.length] ?? 0;
  };
  random.asked = 0;
  return random;
}

describe("verdicts drawn from measured starts", () => {
  // Four starts, each of which says another thing about head; the last one was unsound.
  const record = changeStarts(sampleComparison({ read: [1, 1.1, 0.9, 1] }), ({ index, instrument }) =>
    index === 3 && instrument !== undefined ? { instrument: { ...instrument, overflowSeries: 1 } } : {},
  );

  it.each([
    ["EQUIVALENT", 0],
    ["EQUIVALENT", 0.24],
    ["REGRESSED", 0.25],
    ["IMPROVED", 0.74],
    ["INVALID", 0.999],
  ] as const)("are each drawn with replacement: %s by %f", (kind, number) => {
    const random = inTurn(number);
    expect(resampleVerdicts(record, rules, { count: 2, random })).toEqual({ ...none, [kind]: 2 });
    expect(random.asked).toBe(6);
  });

  it("are counted by kind, each of them from its own draws", () => {
    const random = inTurn(0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25);
    expect(resampleVerdicts(record, rules, { count: 3, random })).toEqual({ ...none, REGRESSED: 2, IMPROVED: 1 });
  });

  it("end after the most starts that were planned where they are undecided", () => {
    const random = inTurn(0.25, 0.5);
    expect(resampleVerdicts(record, rules, { count: 1, random })).toEqual({ ...none, INCONCLUSIVE: 1 });
    expect(random.asked).toBe(4);
  });

  it("end INCONCLUSIVE where nothing was measured", () => {
    const empty = sampleComparison({ read: [] });
    expect(resampleVerdicts(empty, rules, { count: 3, random: inTurn(0.5) })).toEqual({ ...none, INCONCLUSIVE: 3 });
  });
});
