import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deepestFormula, longestFormula, longestText, parseFormula } from "../src/formula.ts";
import { FormulaError } from "../src/formula-tokens.ts";
import type { Scalar } from "../src/rule.ts";
import { factFields, formulaOfOneFact, meaning } from "./arbitrary.ts";

const fields: Readonly<Record<string, Scalar>> = {
  hours: 9.5,
  zero: 0,
  minusZero: -0,
  nan: Number.NaN,
  infinite: Number.POSITIVE_INFINITY,
  name: "Ada",
  nothing: null,
  yes: true,
  since: new Date(0),
  "unit price": 3,
  "order.total": 100,
};

function lookup(pattern: string | undefined, field: string): Scalar | undefined {
  const name = pattern === undefined ? field : `${pattern}.${field}`;
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function evaluated(source: string): Scalar | undefined {
  return parseFormula(source).evaluate(lookup);
}

describe("a formula", () => {
  it.each<[string, Scalar]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["2 / 4 / 2", 0.25],
    ["-7 % 4", -3],
    ["--hours", 9.5],
    ["hours*2", 19],
    ["order.total - `unit price`", 97],
    ["`order`.`total`", 100],
    ["min(3, 1, 2) + max(hours, 1)", 10.5],
    ["round(-2.5)", -2],
    ["floor(-0.5) + ceil(0.5) + abs(-1)", 1],
    [".5e1", 5],
    ["\"a\" + 'b' + 1 + 0.5", "ab10.5"],
    ["1 + 2 + 'x'", "3x"],
    ["'it\\'s ' + name", "it's Ada"],
    ["name", "Ada"],
    ["nothing", null],
    ["yes", true],
    ["since", new Date(0)],
  ])("%s is %s", (source, expected) => {
    expect(evaluated(source)).toEqual(expected);
  });

  it.each(["1 / zero", "zero % zero", "missing", "missing + 1", "nothing + 1", "yes * 2", "since - 1", "-name", "nan"])(
    "has no value where a part has none: %s",
    (source) => {
      expect(evaluated(source)).toBeUndefined();
    },
  );

  it.each([
    "infinite",
    "infinite * zero",
    "min(1, infinite)",
    "1e308 * 10",
    "max(nan, 1)",
    "'a' + nothing",
    "order.name",
  ])("has no value: %s", (source) => {
    expect(evaluated(source)).toBeUndefined();
  });

  it("gives −0 as 0", () => {
    expect(Object.is(evaluated("minusZero"), 0)).toBe(true);
    expect(Object.is(evaluated("0 * -1"), 0)).toBe(true);
  });

  it("says which fields it reads, each once", () => {
    expect(parseFormula("a + order.a * a - `b c` + f.g").reads).toEqual([
      { field: "a" },
      { pattern: "order", field: "a" },
      { field: "b c" },
      { pattern: "f", field: "g" },
    ]);
  });

  it.each([
    ["", "found the end of the formula at character 1"],
    ["1 +", "found the end of the formula at character 4"],
    ["1 2", "found “2” at character 3, expected an operator or the end"],
    ["(1", "expected “)” or an operator"],
    ["2 ** 3", "found “*” at character 4"],
    ["a.b.c", "found “.” at character 4"],
    ["min()", "found “)” at character 5"],
    ["abs(1, 2)", "abs at character 1 takes one operand, not 2"],
    ["constructor(1)", "unknown function “constructor”"],
    ["__proto__(1)", "unknown function “__proto__”"],
    ["process.exit(1)", "found “(” at character 13"],
    ["a[0]", "found “[” at character 2"],
    ["a = 1", "found “=” at character 3"],
    ["'open", "the ' at character 1 is never closed"],
    ["'\\x41'", "unknown escape"],
    ["1e999", "too large"],
  ])("is refused with place and expectation: %s", (source, message) => {
    expect(() => parseFormula(source)).toThrow(FormulaError);
    expect(() => parseFormula(source)).toThrow(message);
  });

  it("is bounded in length and depth, at once", () => {
    const nested = (depth: number) => `${"(".repeat(depth)}1${")".repeat(depth)}`;
    expect(evaluated(nested(deepestFormula))).toBe(1);
    expect(() => parseFormula(nested(deepestFormula + 1))).toThrow("nested more than 50 deep");
    expect(() => parseFormula("-".repeat(1_999))).toThrow("nested more than 50 deep");
    expect(() => parseFormula("1".repeat(longestFormula + 1))).toThrow("at most 2000");
    expect(evaluated(`1${"+1".repeat((longestFormula - 1) / 2)}`)).toBe(1 + Math.floor((longestFormula - 1) / 2));
  });

  it("makes no text beyond the limit", () => {
    const half = "x".repeat(longestText / 2);
    const twice = parseFormula("half + half");
    expect(twice.evaluate(() => half)).toHaveLength(longestText);
    expect(twice.evaluate(() => `${half}x`)).toBeUndefined();
  });

  it("means what the tree means that it was printed from", () => {
    fc.assert(
      fc.property(formulaOfOneFact, factFields, ({ formula }, given) => {
        const of = (_: string | undefined, field: string) => (Object.hasOwn(given, field) ? given[field] : undefined);
        const expected = meaning(formula, of);
        expect(parseFormula(formula).evaluate(of)).toEqual(Object.is(expected, -0) ? 0 : expected);
      }),
      { numRuns: 5_000 },
    );
  });
});
