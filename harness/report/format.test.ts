import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLimit, formatMargin, formatMeasured, formatSeconds, formatValue } from "./format.ts";

describe("a value", () => {
  it.each([
    [61, "ms", "61 ms"],
    [0.0421, "ms", "0.042 ms"],
    [8.46, "ms", "8.5 ms"],
    [642.4, "ms", "642 ms"],
    [999.6, "ms", "1.00 s"],
    [1200, "ms", "1.20 s"],
    [300_000, "ms", "5.0 min"],
    [0.0008, "ratio", "0.08 %"],
    [0.9997, "ratio", "99.97 %"],
    [0.99999, "ratio", "99.99 %"],
    [0.000001, "ratio", "< 0.001 %"],
    [0, "ratio", "0 %"],
    [312 * 1024 ** 2, "bytes", "312 MB"],
    [1.5 * 1024 ** 3, "bytes", "1.50 GB"],
    [203.4, "1/s", "203/s"],
    [15_230, "1/s", "15,230/s"],
    [2.314, "count", "2.31"],
    [1_234_567, "count", "1,234,567"],
    [Number.POSITIVE_INFINITY, "ms", "∞"],
    [Number.NaN, "ms", "–"],
  ] as const)("of %d %s reads %s", (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it("never reads as undefined, NaN or an exponent of ten", () => {
    const units = fc.constantFrom("ms", "ratio", "1/s", "bytes", "count");
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15 }), units, (value, unit) => {
        expect(formatValue(value, unit as "ms")).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });
});

describe("a limit", () => {
  it.each([
    [100, "ms", "100 ms"],
    [5000, "ms", "5 s"],
    [1250, "ms", "1.25 s"],
    [0.001, "ratio", "0.1 %"],
    [15_000, "1/s", "15,000/s"],
    [512 * 1024 ** 2, "bytes", "512 MB"],
  ] as const)("of %d %s reads as it was promised: %s", (value, unit, text) => {
    expect(formatLimit(value, unit)).toBe(text);
  });
});

describe("what was measured", () => {
  it("has as many digits as it takes to tell it from its limits", () => {
    expect(formatMeasured({ value: 199.97 }, "ms", [200])).toBe("199.97 ms");
    expect(formatMeasured({ value: 200.03 }, "ms", [200])).toBe("200.03 ms");
    expect(formatMeasured({ value: 200 }, "ms", [200])).toBe("200 ms");
    expect(formatMeasured({ value: 0.00100001 }, "ratio", [0.001])).toBe("0.100001 %");
    expect(formatMeasured({ value: 61.2 }, "ms", [100, 200])).toBe("61.2 ms");
  });

  it("shows the edges of a bucket, and ∞ where dropped iterations reach into the percentile", () => {
    const { POSITIVE_INFINITY: endless } = Number;
    expect(formatMeasured({ lower: 98, upper: 101 }, "ms")).toBe("98–101 ms");
    expect(formatMeasured({ lower: 980, upper: 1020 }, "ms")).toBe("980 ms–1.02 s");
    expect(formatMeasured({ lower: 98, upper: endless }, "ms")).toBe("> 98 ms");
    expect(formatMeasured({ lower: endless, upper: endless }, "ms")).toBe("∞");
  });

  it("reads ∞ from a stored verdict too, where JSON has null", () => {
    const stored = JSON.parse(JSON.stringify({ lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY }));
    expect(formatMeasured(stored, "ms")).toBe("∞");
  });
});

describe("a margin", () => {
  it.each([
    [0.389, "+39 %"],
    [-1.06, "−106 %"],
    [0, "+0 %"],
    [0.0004, "+0.04 %"],
    [-12, "< −999 %"],
    [Number.NEGATIVE_INFINITY, "−∞"],
    [undefined, "–"],
  ])("of %s reads %s", (margin, text) => {
    expect(formatMargin(margin)).toBe(text);
  });
});

it.each([
  [0, "0 s"],
  [45, "45 s"],
  [90, "1 min 30 s"],
  [120, "2 min"],
  [3900, "1 h 5 min"],
])("%d seconds read %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});
