import { describe, expect, it } from "vitest";
import type { AbEstimate, AbFigureVerdict } from "./ab-verdict.ts";
import { furtherStarts } from "./further-starts.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = { ...DEFAULT_AB_RULES, margin: 0.03, minimumStarts: 6 };
const FIRST = rules.minimumStarts;

/** The standard deviation of six ratios that lie 2 % above and below in turn. */
const SPREAD = 0.02 * Math.sqrt(6 / 5);

function figure(estimate: Partial<AbEstimate> | undefined, change: Partial<AbFigureVerdict> = {}): AbFigureVerdict {
  return {
    subject: { kind: "class", name: "read" },
    metric: "latency",
    statistic: "p50",
    unit: "ms",
    better: "lower",
    gated: true,
    kind: "INCONCLUSIVE",
    logRatios: [],
    ...(estimate === undefined
      ? {}
      : {
          estimate: {
            ratio: 1,
            interval: { lower: 0.9, upper: 1.1, confidence: 0.985 },
            equivalence: { lower: 0.9, upper: 1.1, confidence: 0.9 },
            spread: SPREAD,
            detectable: 0.05,
            outliers: [],
            ...estimate,
          },
        }),
    ...change,
  };
}

const further = (sound: number, ...figures: readonly AbFigureVerdict[]) => furtherStarts(figures, sound, rules);

describe("the number of further starts", () => {
  it("is unknown before the first look", () => {
    expect(further(FIRST - 1, figure({ ratio: 1.01 }))).toBeUndefined();
    expect(further(FIRST, figure({ ratio: 1.01 }))).toBe(4);
  });

  // Worked out with the noncentral t distribution of another library.
  it.each([
    ["10 to show that 1 % more is inside the margin, before the 55 to show that it is more", 1.01, SPREAD, 10],
    ["as many for 1 % less", 1 / 1.01, SPREAD, 10],
    ["17 to show that 2 % is more, before the 33 to show that it is inside the margin", 1.02, SPREAD, 17],
    ["9 to show that 50 % is more, which is never inside the margin", 1.5, 0.3, 9],
    ["9 to show that what lies at the margin is more", 1.03, 0.02, 9],
  ])("is what is left of %s", (_, ratio, spread, needed) => {
    expect(further(FIRST, figure({ ratio, spread }))).toBe(needed - FIRST);
  });

  it("is one at least, where more have been there already than should have been enough", () => {
    expect(further(10, figure({ ratio: 1.01 }))).toBe(1);
    expect(further(60, figure({ ratio: 1.01 }))).toBe(1);
  });

  it("is that of the figure which needs most; those that are decided need none", () => {
    const [soon, late] = [figure({ ratio: 1.01 }), figure({ ratio: 1.02 })];
    expect(further(FIRST, soon, late)).toBe(17 - FIRST);
    expect(further(FIRST, late, soon)).toBe(17 - FIRST);
    expect(further(FIRST, soon, { ...late, kind: "EQUIVALENT" })).toBe(10 - FIRST);
  });

  it("counts a figure that has no verdict yet among the open ones", () => {
    const { kind: _, ...young } = figure({ ratio: 1.02 });
    expect(further(FIRST, young)).toBe(17 - FIRST);
  });

  it("is none where every figure is decided", () => {
    expect(further(FIRST)).toBeUndefined();
    expect(further(FIRST, figure({}, { kind: "EQUIVALENT" }), figure({}, { kind: "REGRESSED" }))).toBeUndefined();
  });

  it.each<[string, AbFigureVerdict]>([
    ["the noise is too large", figure({ spread: 0.5 })],
    ["nothing can be estimated of a figure", figure(undefined)],
    [
      "head was far worse in a start without weight, which does not go away",
      figure({ ratio: 1.01, outliers: [2] }, { logRatios: [{ start: 2, value: 0.6 }] }),
    ],
  ])("is never where %s, be another figure as near as can be", (_, hopeless) => {
    expect(further(FIRST, hopeless, figure({ ratio: 1.01 }))).toBe("never");
  });
});
