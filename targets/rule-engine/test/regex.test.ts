import { describe, expect, it } from "vitest";
import { compileRegex, longestRegex, RegexError } from "../src/regex.ts";

describe("a regular expression", () => {
  it.each([
    ["b+", "abbc", true],
    ["^b+", "abbc", false],
    ["^[A-Z]{2}[0-9]+$", "AB12", true],
    ["(?i)^active$", "ACTIVE", true],
    ["^.$", "😀", true],
    ["\\p{Greek}", "αβγ", true],
    ["", "anything", true],
    ["a|b", "xyz", false],
    ["^$", "", true],
  ])("/%s/ on %s: %s", (source, text, expected) => {
    expect(compileRegex(source)(text)).toBe(expected);
  });

  it("gives the same answer however often it is asked", () => {
    const test = compileRegex("ab");
    expect([test("xab"), test("xab"), test("x"), test("ab")]).toEqual([true, true, false, true]);
  });

  it.each(["(", "a{2,1}", "[z-a]", "*", "\\"])("is refused when it cannot be read: %s", (source) => {
    expect(() => compileRegex(source)).toThrow(RegexError);
  });

  it.each(["(?=a)b", "(a)\\1", "(?<=a)b"])("is refused when it needs backtracking: %s", (source) => {
    expect(() => compileRegex(source)).toThrow("not in RE2's syntax");
  });

  it.each(["a{1001}", "((a{100}){100}){100}", "(((a{1,30}){1,30}){1,30})"])(
    "is refused when its repetitions multiply beyond measure: %s",
    (source) => {
      expect(() => compileRegex(source)).toThrow(RegexError);
    },
  );

  it("is refused when it is too long", () => {
    expect(() => compileRegex("a".repeat(longestRegex + 1))).toThrow("at most 1000");
  });
});
