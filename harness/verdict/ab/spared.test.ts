import { describe, expect, it } from "vitest";
import type { AbEstimate } from "./ab-verdict.ts";
import { sparedStarts } from "./spared.ts";

const estimate = (outliers: readonly number[], ratio = 1): AbEstimate => ({
  ratio,
  interval: { lower: 0.9, upper: 1.1, confidence: 0.95 },
  equivalence: { lower: 0.9, upper: 1.1, confidence: 0.9 },
  spread: 0.01,
  detectable: 0.02,
  outliers,
});
const logRatios = [0.6, 0, -0.6, 0.7, 0.01].map((value, start) => ({ start, value }));
const spared = (outliers: readonly number[], better: "lower" | "higher" = "lower") =>
  sparedStarts({ estimate: estimate(outliers), logRatios, better });

describe("starts without weight that would speak for head", () => {
  it("are those in which head was the worse side, less those in which base was", () => {
    expect(spared([])).toBe(0);
    expect(spared([0])).toBe(1);
    expect(spared([0, 3])).toBe(2);
    expect(spared([2])).toBe(-1);
    expect(spared([0, 2])).toBe(0);
    expect(spared([0, 2, 3])).toBe(1);
  });

  it("are those with less, where more is better", () => {
    expect(spared([2], "higher")).toBe(1);
    expect(spared([0, 3], "higher")).toBe(-2);
  });

  it("are worse than the other starts are, not than base is", () => {
    // All other starts say twice as much: in this one head took only 1.8 times as much.
    expect(sparedStarts({ estimate: estimate([0], 2), logRatios, better: "lower" })).toBe(-1);
  });

  it("are none where nothing is estimated", () => {
    expect(sparedStarts({ logRatios, better: "lower" })).toBe(0);
  });
});
