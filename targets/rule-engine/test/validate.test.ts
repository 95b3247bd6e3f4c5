import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestFormula } from "../src/formula.ts";
import { validateFacts, validateRules } from "../src/validate.ts";
import { limits } from "../src/validation/limits.ts";
import { describeProblems, type Validated } from "../src/validation/problems.ts";
import { everyPart, ruleWith } from "./rule-examples.ts";

const schema = JSON.parse(readFileSync(new URL("../rule.schema.json", import.meta.url), "utf8"));
const meetsSchema = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

describe("rules from JSON", () => {
  it("are taken with every part of the format, and dates become dates", () => {
    const input = JSON.parse(JSON.stringify(everyPart));
    const result = validateRules(input);
    if (!result.ok) throw new Error(describeProblems(result));
    expect(meetsSchema(input)).toBe(true);
    expect(result.value).toHaveLength(2);
    expect(result.value[0]?.when).toMatchObject({
      all: expect.arrayContaining([{ field: "since", operator: ">", value: new Date("2026-01-31T00:00:00Z") }]),
    });
    expect(validateRules({ $schema: "rule.schema.json", rules: input })).toEqual(result);
  });

  it("are refused with all problems at once, each with rule, path, what was expected and what to type", () => {
    const result = validateRules([
      ruleWith({ when: { field: "status", operator: "equals", value: 1 }, then: [{ set: "a", value: { value: 1 } }] }),
      ruleWith({ name: "twin", priority: 3 }),
      ruleWith({
        id: 2,
        name: "joins",
        when: [
          { fact: "order", where: { field: "total", operator: "<", value: true } },
          { none: { field: "id", operator: "=", value: { ref: { pattern: "ordre", field: "id" } } } },
          { aggregate: "avg", over: { has: "x" }, operator: ">", value: "2" },
        ],
        then: [{ set: "x", fact: "sum", to: { formula: "order.total +" } }],
      }),
    ]);
    expect(textOf(result)).toMatchInlineSnapshot(`
      "rule “late shift” (rules[0]), when.operator: expected one of = != < <= > >= contains startsWith endsWith in between regex, found "equals". Write "="
      rule “late shift” (rules[0]), then[0].to: expected a value (the key is required), found nothing
      rule “late shift” (rules[0]), then[0].value: expected no key of this name (known here: set, to, fact), found an object with value. Write "to"
      rule “twin” (rules[1]), priority: expected no key of this name (known here: id, name, when, then, salience), found 3. Write "salience"
      rule “twin” (rules[1]), id: expected an id that no other rule has, found 1, as in rule “late shift” (rules[0])
      rule “joins” (rules[2]), when[0].where.value: expected a number, a text, { "date": … } or { "ref": … }: nothing else has an order, found true
      rule “joins” (rules[2]), when[1].none.value.ref.pattern: expected one of order, found "ordre". Write "order"
      rule “joins” (rules[2]), when[2].aggregate: expected one of count sum min max average, found "avg". Write "average"
      rule “joins” (rules[2]), when[2].value: expected a finite number, found "2"
      rule “joins” (rules[2]), then[0].to.formula: expected a formula (found the end of the formula at character 14, expected a number, a text, a field or “(”), found "order.total +"
      rule “joins” (rules[2]), then[0].fact: expected a pattern that binds a fact (order), found “sum”"
    `);
  });

  it("say where a formula, a regular expression or a date is wrong", () => {
    const result = validateRules([
      ruleWith({ when: { field: "code", operator: "regex", value: "(a" } }),
      ruleWith({ id: 2, when: { field: "since", operator: "<", value: { date: "2026-02-30" } } }),
      ruleWith({ id: 3, when: { field: "since", operator: "<", value: { date: "yesterday" } } }),
      ruleWith({ id: 4, then: [{ set: "x", to: { formula: "order.total" } }] }),
      ruleWith({ id: 5, then: [{ set: "x", to: { formula: "2 ** 3" } }] }),
      ruleWith({ id: 6, when: { field: "hours", operator: "between", value: [9, 8] } }),
      ruleWith({ id: 7, when: { field: "hours", operator: "=", value: { ref: { pattern: "a", field: "b" } } } }),
    ]);
    expect(textOf(result)).toMatchInlineSnapshot(`
      "rule “late shift” (rules[0]), when.value: expected a regular expression (not in RE2's syntax: missing closing ): \`(a\`), found "(a"
      rule “late shift” (rules[1]), when.value.date: expected a day that exists, found "2026-02-30"
      rule “late shift” (rules[2]), when.value.date: expected a date as in RFC 3339, found "yesterday". Write "2026-01-31T00:00:00Z" or "2026-01-31"
      rule “late shift” (rules[3]), then[0].to.formula: expected a field alone: a rule whose \`when\` is no array has no patterns, found the pattern “order”. Write { "formula": "total" }
      rule “late shift” (rules[4]), then[0].to.formula: expected a formula (found “*” at character 4, expected a number, a text, a field or “(”), found "2 ** 3"
      rule “late shift” (rules[5]), when.value: expected the lowest value first, found a range that nothing is in
      rule “late shift” (rules[6]), when.value: expected a value: a rule whose \`when\` is no array has one fact and nothing to refer to, found an object with ref"
    `);
  });

  it("describe a hundred problems and count the others", () => {
    const result = validateRules(Array.from({ length: 1000 }, () => 1));
    expect(result.ok ? [] : result.problems).toHaveLength(limits.problems);
    expect(result.ok ? 0 : result.more).toBe(900);
    expect(textOf(result)).toMatch(/… and 900 more problems$/);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "rules"],
    ["an object without rules", {}],
    ["a rule that is null", [null]],
    ["a rule that is an array", [[]]],
    ["a rule with nothing", [{}]],
    ["`when` without patterns", [ruleWith({ when: [] })]],
    ["`when` null", [ruleWith({ when: null })]],
    ["an inherited name", [Object.create(ruleWith({}))]],
  ])("are refused by validator and schema alike: %s", (_, input) => {
    expect(validateRules(input)).toMatchObject({ ok: false });
    if (input !== undefined) expect(meetsSchema(JSON.parse(JSON.stringify(input)))).toBe(false);
  });

  it("meet the schema exactly when the validator has no objection to their form, whatever is changed in them", () => {
    const pieces = [
      ...["", "=", "<", "in", "between", "regex", "count", "sum", "x".repeat(201), "2026-01-01", "(a", "order"],
      ...[null, true, 0, -1, 1.5, 2 ** 53, [], {}, [1], [1, 2], ["a", 1], { date: "2026-01-01" }, { date: 1 }],
      ...[{ value: 1 }, { formula: "1" }, { ref: { pattern: "order", field: "x" } }, { has: "x" }, { all: [] }],
      ...[{ not: { any: [] } }, { field: "a", operator: "<", value: 1 }, { field: "a", operator: "=", value: null }],
      ...[{ exists: { has: "a" } }, { fact: "f", where: { has: "a" } }, { emit: "e" }, { set: "s", to: { value: 1 } }],
    ];
    const keys = [
      "field",
      "value",
      "of",
      "as",
      "fact",
      "where",
      "with",
      "to",
      "salience",
      "all",
      "colour",
      "ref",
      "has",
    ];
    let refused = 0;
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.nat(),
            how: fc.constantFrom("replace", "remove", "insert"),
            piece: fc.constantFrom(...pieces),
            key: fc.constantFrom(...keys),
          }),
          { minLength: 0, maxLength: 3 },
        ),
        (changes) => {
          const input = { rules: JSON.parse(JSON.stringify(everyPart)) };
          for (const change of changes) alter(input, change);
          const result = validateRules(input);
          const form = result.ok ? [] : result.problems.filter(({ kind }) => kind === "form");
          const meets = meetsSchema(input);
          if (meets) accepted++;
          else refused++;
          if (meets !== (form.length === 0)) {
            throw new Error(`schema says ${meets}; the validator: ${textOf(result)}\n${JSON.stringify(input)}`);
          }
        },
      ),
      { numRuns: 5_000 },
    );
    // Both answers are common, or the comparison would be an empty one.
    expect(Math.min(refused, accepted)).toBeGreaterThan(500);
  });

  it("have the same limits in the schema", () => {
    const { name, text, comparison, values, rule, rules, value } = schema.$defs;
    expect(name).toMatchObject({ minLength: 1, maxLength: limits.name });
    expect(text).toMatchObject({ maxLength: limits.ruleText });
    expect(comparison.oneOf[3].properties.value.maxItems).toBe(limits.listItems);
    expect(comparison.oneOf[5].properties.value.maxLength).toBe(limits.regex);
    expect(value.oneOf[1].properties.formula.maxLength).toBe(longestFormula);
    expect(values.maxProperties).toBe(limits.fields);
    expect(rule.properties.when.anyOf[1].maxItems).toBe(limits.patterns);
    expect(rule.properties.then.maxItems).toBe(limits.actions);
    expect(rules.maxItems).toBe(limits.rules);
  });

  it("count characters as the schema does: code points", () => {
    for (const [name, ok] of [
      ["😀".repeat(limits.name), true],
      ["😀".repeat(limits.name + 1), false],
    ] as const) {
      const input = [ruleWith({ name })];
      expect(validateRules(input).ok).toBe(ok);
      expect(meetsSchema(input)).toBe(ok);
    }
  });
});

describe("facts from JSON", () => {
  it("are the same objects where nothing needs conversion, and dates become dates", () => {
    const input = [
      { id: 0, fields: { a: 1, b: "x", c: null, d: false } },
      { id: 7, fields: { since: { date: "2026-01-31T12:00:00+01:00" } } },
    ];
    const result = validateFacts(input);
    if (!result.ok) throw new Error(describeProblems(result));
    expect(result.value[0]).toBe(input[0]);
    expect(result.value[1]).toEqual({ id: 7, fields: { since: new Date("2026-01-31T11:00:00Z") } });
  });

  it("are refused with all problems at once", () => {
    const result = validateFacts([
      { id: 1, fields: {} },
      { id: 1, fields: {} },
      { id: -1, fields: {} },
      { id: 2 ** 53, fields: { a: Number.NaN } },
      { id: 3, fields: { a: [1], "": 2, b: { date: "2025-02-29" } } },
      { id: 4, field: {} },
      null,
    ]);
    expect(textOf(result)).toMatchInlineSnapshot(`
      "facts[1], id: expected an id that no other fact has, found 1
      facts[2], id: expected an integer from 0 to 9007199254740991, found -1
      facts[3], id: expected an integer from 0 to 9007199254740991, found 9007199254740992
      facts[3], fields.a: expected a finite number, found NaN
      facts[4], fields.a: expected a text, a number, true, false, null or { "date": … }, found an array of 1
      facts[4], fields[""]: expected a field's name of 1 to 200 characters, found 2
      facts[4], fields.b.date: expected a day that exists, found "2025-02-29"
      facts[5], fields: expected a value (the key is required), found nothing
      facts[5], field: expected no key of this name (known here: id, fields), found an object with no keys. Write "fields"
      facts[6]: expected a fact: { "id": 1, "fields": { … } }, found null"
    `);
  });

  it("keep fields whose names mean something to JavaScript, and change no prototype", () => {
    const input = JSON.parse('[{"id": 1, "fields": {"__proto__": {"date": "2026-01-01"}, "constructor": 5}}]');
    const result = validateFacts(input);
    if (!result.ok) throw new Error(describeProblems(result));
    const fields = result.value[0]?.fields ?? {};
    expect(Object.entries(fields)).toEqual([
      ["__proto__", new Date("2026-01-01")],
      ["constructor", 5],
    ]);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });
});

function textOf(result: Validated<unknown>): string {
  return result.ok ? "no problem" : describeProblems(result);
}

interface Change {
  readonly at: number;
  readonly how: string;
  readonly piece: unknown;
  readonly key: string;
}

/** Replaces, removes or inserts something at one of all places of the input. */
function alter(input: object, { at, how, piece, key }: Change): void {
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, name]);
      visit(child);
    }
  };
  visit(input);
  const place = places[at % Math.max(places.length, 1)];
  if (place === undefined) return;
  const [parent, name] = place;
  const copy = structuredClone(piece);
  if (how === "replace") parent[name] = copy;
  else if (Array.isArray(parent))
    how === "remove" ? parent.splice(Number(name), 1) : parent.splice(Number(name), 0, copy);
  else if (how === "remove") Reflect.deleteProperty(parent, name);
  else parent[key] = copy;
}
