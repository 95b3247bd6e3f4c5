import { describe, expect, it } from "vitest";
import type { FigureKey } from "../../collect/ab-record.ts";
import { alternating, p50Of } from "../sample-comparison.ts";
import type { AbFigureVerdict, AbRules } from "./ab-verdict.ts";
import type { FigureSeries } from "./figures.ts";
import { judgeFigures } from "./judge-figures.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

/** One look, after six starts: it has the whole level. */
const rules: AbRules = { ...DEFAULT_AB_RULES, minimumStarts: 6, mostStarts: 6 };
const { alpha } = rules;

const logs = (ratios: readonly number[]) => ratios.map(Math.log);
const series = (values: readonly number[], change: Partial<FigureSeries> = {}): FigureSeries => ({
  key: p50Of("read"),
  gated: true,
  points: values.map((logRatio, start) => ({ start, base: 10 + start, head: 20 + start, logRatio })),
  ...change,
});
const judge = (figures: readonly FigureSeries[], change: Partial<AbRules> = {}, sound = 6) =>
  judgeFigures(figures, sound, { ...rules, ...change });
const judgeOne = (values: readonly number[], change: Partial<FigureSeries> = {}): AbFigureVerdict =>
  judge([series(values, change)])[0] as AbFigureVerdict;

describe("what is said of one figure", () => {
  it("is what it is, its ratios, and the medians of both sides", () => {
    const { estimate: _, kind: __, ...known } = judgeOne([0.01, 0.02, 0.03, 0.02]);
    expect(known).toEqual({
      ...p50Of("read"),
      unit: "ms",
      better: "lower",
      gated: true,
      logRatios: [0.01, 0.02, 0.03, 0.02].map((value, start) => ({ start, value })),
      base: 11.5,
      head: 21.5,
    });
  });

  it("is an estimate with both of its intervals, and the change that would have been seen", () => {
    // Worked out with Student's t of another library: six values of ln 1.1 ± 0.01.
    const { estimate } = judgeOne(logs(alternating(1.1, 0.01)));
    expect(estimate?.ratio).toBeCloseTo(1.1, 12);
    expect(estimate?.interval.confidence).toBeCloseTo(1 - 0.015, 9);
    expect(estimate?.interval.lower).toBeCloseTo(1.0822683339, 8);
    expect(estimate?.interval.upper).toBeCloseTo(1.1180221781, 8);
    expect(estimate?.equivalence.confidence).toBeCloseTo(0.9, 9);
    expect(estimate?.equivalence.lower).toBeCloseTo(1.0901318034, 8);
    expect(estimate?.equivalence.upper).toBeCloseTo(1.1099575264, 8);
    expect(estimate?.spread).toBeCloseTo(0.01 * Math.sqrt(6 / 5), 12);
    expect(estimate?.detectable).toBeCloseTo(0.0212906093, 8);
    expect(estimate?.outliers).toEqual([]);
  });

  it("is 95 % of confidence, and no verdict, where the figure does not decide", () => {
    const { estimate, kind } = judgeOne(logs(alternating(1.1, 0.01)), { gated: false });
    expect(estimate?.interval.confidence).toBe(0.95);
    expect(estimate?.interval.lower).toBeCloseTo(1.0874268185, 8);
    expect(estimate?.detectable).toBeCloseTo(0.0158387752, 8);
    expect(kind).toBeUndefined();
  });

  it("is no estimate below three starts, and no median without one", () => {
    expect(judgeOne([0.1, 0.1])).toStrictEqual({
      ...p50Of("read"),
      unit: "ms",
      better: "lower",
      gated: true,
      logRatios: [0.1, 0.1].map((value, start) => ({ start, value })),
      base: 10.5,
      head: 20.5,
    });
    expect(judgeOne([0.1, 0.1, 0.1]).estimate?.ratio).toBeCloseTo(Math.exp(0.1), 12);
    expect(judgeOne([])).toStrictEqual({
      ...p50Of("read"),
      unit: "ms",
      better: "lower",
      gated: true,
      logRatios: [],
    });
  });

  it("is no verdict where fewer starts than the first look needs have the figure", () => {
    expect(judgeOne(Array(5).fill(0)).kind).toBeUndefined();
    expect(judgeOne(Array(6).fill(0)).kind).toBe("EQUIVALENT");
  });

  it("names the starts that have no weight by their own numbers", () => {
    const points = series([0, 0, 0, 0, 0, 0, 1, 0]).points.map((point) => ({ ...point, start: point.start + 10 }));
    expect(judgeOne([], { points }).estimate).toMatchObject({ ratio: 1, spread: 0, outliers: [16] });
  });
});

describe("the verdict of one figure", () => {
  const rate: FigureKey = { subject: { kind: "service", name: "service" }, metric: "request_rate", statistic: "value" };
  const noisy = (ratio: number) => logs(alternating(ratio, 0.01));

  it.each<[string, AbFigureVerdict["kind"], AbFigureVerdict["kind"], readonly number[]]>([
    ["10 % more", "REGRESSED", "IMPROVED", noisy(1.1)],
    ["10 % less", "IMPROVED", "REGRESSED", noisy(0.9)],
    ["no more and no less", "EQUIVALENT", "EQUIVALENT", noisy(1)],
    ["1.5 % more, all of which is inside the margin", "EQUIVALENT", "EQUIVALENT", logs(alternating(1.015, 0.001))],
    ["1.5 % less, all of which is inside the margin", "EQUIVALENT", "EQUIVALENT", logs(alternating(1 / 1.015, 0.001))],
    ["more or less, as far as can be told", "INCONCLUSIVE", "INCONCLUSIVE", logs(alternating(1, 0.1))],
    ["perhaps more than the margin", "INCONCLUSIVE", "INCONCLUSIVE", logs(alternating(1.025, 0.02))],
    ["perhaps less than the margin", "INCONCLUSIVE", "INCONCLUSIVE", logs(alternating(1 / 1.025, 0.02))],
  ])("of %s is %s, and %s where more is better", (_, lower, higher, values) => {
    expect(judgeOne(values).kind).toBe(lower);
    expect(judgeOne(values, { key: rate })).toMatchObject({ kind: higher, better: "higher", unit: "1/s" });
  });

  it("is a change from the margin on", () => {
    const at = (ratio: number, margin: number) => judge([series(Array(6).fill(Math.log(ratio)))], { margin })[0]?.kind;
    // Six times as much in every start, exactly: an interval without width.
    expect(at(2, 1)).toBe("REGRESSED");
    expect(at(2, 1.001)).toBe("EQUIVALENT");
    expect(at(0.5, 1)).toBe("IMPROVED");
    expect(at(0.5, 1.001)).toBe("EQUIVALENT");
  });

  it("is neither equal nor better where head was far worse in a start without weight", () => {
    const slow = (values: readonly number[], by: number) => judgeOne(values.map((value, i) => (i === 3 ? by : value)));
    expect(slow(noisy(1), 0.6).kind).toBe("INCONCLUSIVE");
    expect(slow(noisy(0.9), 0.6).kind).toBe("INCONCLUSIVE");
    expect(slow(noisy(1.1), 0.6).kind).toBe("REGRESSED");
    expect(slow(noisy(1), -0.6).kind).toBe("EQUIVALENT");
    expect(slow(noisy(0.9), -0.7).kind).toBe("IMPROVED");
  });
});

describe("the level of each of several figures", () => {
  const confidences = (...figures: readonly FigureSeries[]) =>
    judge(figures).map(({ estimate }) => estimate?.interval.confidence);
  const shares = (...of: readonly number[]) => of.map((share) => expect.closeTo(1 - alpha / share, 9));

  const strong = series(logs(alternating(0.8, 0.01)));
  const medium = series(logs(alternating(1.1, 0.01)));
  const weak = series(logs(alternating(1.05, 0.01)));
  const silent = series(logs(alternating(1, 0.01)));
  const alike = (value: number) => series(Array(6).fill(value));

  it("is shared out among all that are not rejected before it, in the order of their evidence", () => {
    expect(confidences(weak, strong, medium)).toEqual(shares(1, 3, 2));
    expect(confidences(strong, medium, weak)).toEqual(shares(3, 2, 1));
    expect(confidences(silent, medium)).toEqual(shares(1, 2));
    expect(confidences(silent, silent, silent)).toEqual(shares(3, 3, 3));
  });

  it("counts starts and noise as evidence, and not the size of a change alone", () => {
    // 6.9 standard errors in twelve starts come before 6.0 in four, which need the whole level.
    const twelve = Array.from({ length: 12 }, (_, i) => 0.04 + (i % 2 === 0 ? 1 : -1) * 0.02 * Math.sqrt(11 / 12));
    const four = Array.from({ length: 4 }, (_, i) => 0.03 + (i % 2 === 0 ? 1 : -1) * 0.01 * Math.sqrt(3 / 4));
    expect(confidences(series(four), series(twelve))).toEqual(shares(1, 2));
    const large = series(logs(alternating(1.3, 0.1)));
    expect(confidences(large, medium)).toEqual(shares(1, 2));
  });

  it("takes a change that is the same in every start for the strongest evidence, and none at all for no evidence", () => {
    expect(confidences(strong, alike(0.05))).toEqual(shares(1, 2));
    expect(confidences(alike(0), medium)).toEqual(shares(1, 2));
    expect(confidences(alike(0), alike(0))).toEqual(shares(2, 2));
  });

  it("is not taken away by figures that do not decide, or that were never measured", () => {
    expect(confidences(medium, { ...strong, gated: false })).toEqual([...shares(1), 0.95]);
    expect(confidences(series([]), medium)).toEqual([undefined, ...shares(2)]);
  });

  it("is none before the first look", () => {
    const [figure] = judge([medium], {}, 5);
    expect(figure?.estimate?.interval).toEqual({ lower: 0, upper: Number.POSITIVE_INFINITY, confidence: 1 });
    expect(figure?.estimate?.detectable).toBe(Number.POSITIVE_INFINITY);
  });
});
