import { describe, expect, it } from "vitest";
import { compileRegex } from "../src/regex.ts";
import { validateFacts, validateRules } from "../src/validate.ts";
import { limits } from "../src/validation/limits.ts";
import { describeProblems, type Validated } from "../src/validation/problems.ts";
import { ruleWith } from "./rule-examples.ts";

/** Far above what a slow machine needs, far below what blow-up would take. */
const soon = 5_000;

describe("hostile JSON", { timeout: soon }, () => {
  it.each(["not", "all", "any"])("a hundred thousand of %s inside one another are refused", (key) => {
    const [open, close] = key === "not" ? [`{"not":`, "}"] : [`{"${key}":[`, "]}"];
    const depth = 100_000;
    const when = JSON.parse(`${open.repeat(depth)}{"has":"a"}${close.repeat(depth)}`);
    expect(textOf(validateRules([ruleWith({ when })]))).toContain("at most 50 of all, any and not inside one another");
  });

  it("an object that holds itself is refused", () => {
    const when: { not?: unknown } = {};
    when.not = when;
    expect(textOf(validateRules([ruleWith({ when })]))).toContain("inside one another");
    const fields: Record<string, unknown> = {};
    fields["self"] = fields;
    expect(textOf(validateFacts([{ id: 1, fields }]))).toContain("fields.self: expected a text");
  });

  it("a value nested a hundred thousand deep is refused wherever it stands", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    for (const rule of [
      deep,
      ruleWith({ id: deep }),
      ruleWith({ when: deep }),
      ruleWith({ then: deep }),
      ruleWith({ when: { field: "a", operator: "in", value: deep } }),
      ruleWith({ when: { field: deep, operator: deep, value: deep } }),
    ]) {
      expect(validateRules([rule]).ok).toBe(false);
    }
    expect(validateFacts([{ id: 1, fields: { a: deep } }]).ok).toBe(false);
    expect(validateFacts(deep).ok).toBe(false);
  });

  it("a hundred thousand conditions in one rule are refused, with one line and the way out", () => {
    const all = Array.from({ length: 100_000 }, (_, value) => ({ field: "a", operator: "=", value }));
    const result = validateRules([ruleWith({ when: { all } })]);
    expect(result.ok ? [] : result.problems).toHaveLength(1);
    expect(textOf(result)).toContain(`at most ${limits.conditionsOfRule} conditions in one rule`);
    expect(textOf(result)).toContain('one "in" for many "="');
  });

  it("a hundred thousand conditions in ten thousand rules are taken", () => {
    const result = validateRules(
      Array.from({ length: 10_000 }, (_, id) =>
        ruleWith({
          id,
          when: { all: Array.from({ length: 10 }, (_, i) => ({ field: `f${i}`, operator: "=", value: id })) },
        }),
      ),
    );
    expect(result.ok ? result.value : []).toHaveLength(10_000);
  });

  it("more rules, conditions or expressions than the limits are refused", () => {
    const rules = (count: number) => Array.from({ length: count }, (_, id) => ruleWith({ id }));
    expect(textOf(validateRules(rules(limits.rules + 1)))).toContain(`0 to ${limits.rules} rules`);
    const conditions = Array.from({ length: 1_000 }, () => ({ has: "a" }));
    const crowded = Array.from({ length: 201 }, (_, id) => ruleWith({ id, when: { any: conditions } }));
    expect(textOf(validateRules(crowded))).toContain(`at most ${limits.conditions} conditions in one set of rules`);
    const expressions = Array.from({ length: limits.regexes + 1 }, (_, id) =>
      ruleWith({ id, when: { field: "a", operator: "regex", value: `^a{${id % 900}}b${id}$` } }),
    );
    expect(textOf(validateRules(expressions))).toContain(`at most ${limits.regexes} different regular expressions`);
  });

  it("a million wrong facts cost a hundred lines", () => {
    const result = validateFacts(Array.from({ length: 1_000_000 }, () => 1));
    expect(result).toMatchObject({ ok: false, more: 1_000_000 - limits.problems });
    expect(textOf(result).length).toBeLessThan(20_000);
  });

  it("huge names and texts are refused, and quoted short", () => {
    const huge = "x".repeat(50_000_000);
    const result = validateRules([
      { ...ruleWith({}), name: huge, [huge]: huge, when: { field: huge, operator: huge, value: huge } },
      ruleWith({ id: 2, when: { field: "a", operator: "regex", value: huge } }),
      ruleWith({ id: 3, when: [{ fact: huge, where: { has: huge } }] }),
    ]);
    expect(result.ok).toBe(false);
    expect(textOf(result).length).toBeLessThan(5_000);
    const facts = validateFacts([{ id: 1, fields: { [huge]: 1, a: huge } }]);
    expect(facts.ok).toBe(false);
    expect(textOf(facts).length).toBeLessThan(1_000);
  });

  it("names that mean something to JavaScript are names, and no prototype changes", () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const names = ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "then", "valueOf", "length"];
    for (const name of names) {
      const input = `[{"id": 1, "name": "r", "when": {"field": "${name}", "operator": "=", "value": 1},
        "then": [{"create": {"${name}": {"value": "polluted"}}}, {"emit": "${name}", "with": {"${name}": {"formula": "${name}"}}}]}]`;
      const result = validateRules(JSON.parse(input));
      if (!result.ok) throw new Error(describeProblems(result));
      const [action] = result.value[0]?.then ?? [];
      expect(action !== undefined && "create" in action && Object.entries(action.create)).toEqual([
        [name, { value: "polluted" }],
      ]);
    }
    const keys = JSON.parse('[{"__proto__": {"id": 1, "name": "r", "when": {"has": "a"}, "then": []}}]');
    expect(textOf(validateRules(keys))).toContain("id: expected a value (the key is required)");
    expect(textOf(validateRules(keys))).toContain("__proto__: expected no key");
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each(["1e999", "-1e999"])("the number %s, which JSON reads as infinite, is refused", (number) => {
    const rules = JSON.parse(
      `[{"id": 1, "name": "r", "when": {"field": "a", "operator": "<", "value": ${number}}, "then": []}]`,
    );
    expect(textOf(validateRules(rules))).toContain("expected a finite number");
    const facts = JSON.parse(`[{"id": 1, "fields": {"a": ${number}}}]`);
    expect(textOf(validateFacts(facts))).toContain("expected a finite number");
  });

  it("−0 is the id 0, and beyond 2⁵³ − 1 there is no id", () => {
    expect(validateFacts(JSON.parse('[{"id": -0, "fields": {}}, {"id": 0, "fields": {}}]')).ok).toBe(false);
    expect(
      validateFacts([
        { id: 2 ** 31, fields: {} },
        { id: 2 ** 53 - 1, fields: {} },
      ]).ok,
    ).toBe(true);
    for (const id of [2 ** 53, 0.5, -1, "1", Number.NaN, null]) {
      expect(validateFacts([{ id, fields: {} }]).ok).toBe(false);
    }
  });

  it("a regular expression that would take a backtracking engine forever is done at once", () => {
    const text = `${"a".repeat(100_000)}!`;
    for (const source of ["^(a+)+$", "^(a|aa)+$", "^(a*)*b$", "^(.*a){20}$", "^(a?){100}a{100}$", "(x+x+)+y"]) {
      expect(compileRegex(source)(text)).toBe(false);
    }
  });
});

function textOf(result: Validated<unknown>): string {
  return result.ok ? "no problem" : describeProblems(result);
}
