import { describe, expect, it } from "vitest";
import type { Rule, Scalar } from "../src/rule.ts";
import { Oracle, OracleCycleError } from "./oracle.ts";

/** The oracle itself, held against answers that were worked out by hand from the comments of rule.ts. */
describe("the oracle", () => {
  const emit = [{ emit: "seen" }];

  function fired(rules: readonly Omit<Rule, "id" | "name">[], ...facts: Record<string, Scalar>[]): string[] {
    const oracle = new Oracle(rules.map((rule, id) => ({ id, name: `rule ${id}`, ...rule })));
    for (const [id, fields] of facts.entries()) oracle.add({ id, fields });
    return oracle.evaluate().map(({ ruleId, factIds }) => `${ruleId}:${factIds.join(",")}`);
  }

  it("fires by salience, then the order of rules, then ids", () => {
    const when = { field: "a", operator: "=", value: 1 } as const;
    const rules = [
      { when, then: emit },
      { when, then: emit, salience: 1 },
      { when, then: emit },
    ];
    expect(fired(rules, { a: 1 }, { a: 2 }, { a: 1 })).toEqual(["1:0", "1:2", "0:0", "0:2", "2:0", "2:2"]);
  });

  it("joins every pair, a fact with itself as well, first pattern first", () => {
    const rules = [
      {
        when: [
          { fact: "x", where: { has: "a" } },
          { fact: "y", where: { field: "a", operator: "<=", value: { ref: { pattern: "x", field: "a" } } } },
        ],
        then: emit,
      },
    ] as const;
    expect(fired(rules, { a: 1 }, { a: 2 }, { b: 0 })).toEqual(["0:0,0", "0:1,0", "0:1,1"]);
  });

  it("finds equal what is of one kind, and nothing equal to a missing field", () => {
    const equals = (value: Scalar) => [{ when: { field: "a", operator: "=", value }, then: emit }] as const;
    const differs = (value: Scalar) => [{ when: { field: "a", operator: "!=", value }, then: emit }] as const;
    expect(fired(equals(Number.NaN), { a: Number.NaN }, { a: 0 })).toEqual(["0:0"]);
    expect(fired(equals(0), { a: -0 }, { a: "0" }, { a: false }, { a: null })).toEqual(["0:0"]);
    expect(fired(equals(null), { a: null }, {})).toEqual(["0:0"]);
    expect(fired(differs(1), { a: "1" }, {}, { a: 1 })).toEqual(["0:0"]);
    expect(fired(equals(new Date(5)), { a: new Date(5) }, { a: 5 })).toEqual(["0:0"]);
  });

  it("orders numbers, texts and dates among themselves, and nothing else", () => {
    const atMost = (value: Scalar) => [{ when: { field: "a", operator: "<=", value }, then: emit }] as const;
    expect(fired(atMost(1), { a: 1 }, { a: "0" }, { a: null }, { a: Number.NaN }, { a: false })).toEqual(["0:0"]);
    expect(fired(atMost(Number.NaN), { a: Number.NaN })).toEqual([]);
    expect(fired(atMost("b"), { a: "a" }, { a: "c" }, { a: "B" })).toEqual(["0:0", "0:2"]);
    expect(fired(atMost(true), { a: true })).toEqual([]);
  });

  it("aggregates what is a number", () => {
    const aggregate = (name: "count" | "sum" | "min" | "average", value: number, operator: "=" | ">=" = "=") =>
      [{ when: [{ aggregate: name, of: "a", over: { all: [] }, operator, value }], then: emit }] as const;
    const facts = [{ a: 1 }, { a: 2 }, { a: "3" }, {}, { a: Number.NaN }];
    expect(fired(aggregate("count", 2), ...facts)).toEqual(["0:"]);
    expect(fired(aggregate("sum", 3), ...facts)).toEqual(["0:"]);
    expect(fired(aggregate("average", 1.5), ...facts)).toEqual(["0:"]);
    expect(fired(aggregate("sum", 0))).toEqual(["0:"]);
    expect(fired(aggregate("min", Number.NEGATIVE_INFINITY, ">="))).toEqual([]);
  });

  it("holds exists and none against all facts", () => {
    const rules = [
      { when: [{ exists: { has: "a" } }, { none: { has: "b" } }], then: emit },
      {
        when: [
          { fact: "x", where: { has: "a" } },
          { none: { field: "b", operator: "=", value: { ref: { pattern: "x", field: "a" } } } },
        ],
        then: emit,
      },
    ] as const;
    expect(fired(rules, { a: 1 }, { a: 2 })).toEqual(["0:", "1:0", "1:1"]);
    expect(fired(rules, { a: 1 }, { b: 2, a: 2 })).toEqual(["1:0"]);
  });

  it("chains: what an action has made false does not fire, what it has made true does", () => {
    const rules = [
      { when: { field: "a", operator: "=", value: 1 }, then: [{ set: "a", to: { value: 2 } }], salience: 1 },
      { when: { field: "a", operator: "=", value: 1 }, then: emit },
      { when: { field: "a", operator: "=", value: 2 }, then: [{ create: { b: { value: 1 } } }] },
      { when: { has: "b" }, then: emit },
    ] as const;
    expect(fired(rules, { a: 1 })).toEqual(["0:0", "2:0", "3:1"]);
  });

  it("fires a match once for as long as it holds, and again when it holds again", () => {
    const oracle = new Oracle([{ id: 1, name: "r", when: { field: "a", operator: ">", value: 0 }, then: emit }]);
    oracle.add({ id: 0, fields: { a: 1 } });
    expect(oracle.evaluate()).toHaveLength(1);
    oracle.update(0, { a: 2 });
    expect(oracle.evaluate()).toHaveLength(0);
    oracle.update(0, { a: 0 });
    oracle.update(0, { a: 1 });
    expect(oracle.evaluate()).toHaveLength(1);
    oracle.retract(0);
    oracle.add({ id: 0, fields: { a: 1 } });
    expect(oracle.evaluate()).toHaveLength(1);
  });

  it("ends a cycle", () => {
    const rules = [
      { id: 0, name: "there", when: { field: "a", operator: "=", value: 1 }, then: [{ set: "a", to: { value: 2 } }] },
      { id: 1, name: "back", when: { field: "a", operator: "=", value: 2 }, then: [{ set: "a", to: { value: 1 } }] },
    ] as const;
    const oracle = new Oracle(rules, { cycleLimit: 10 });
    oracle.add({ id: 0, fields: { a: 1 } });
    expect(() => oracle.evaluate()).toThrow(OracleCycleError);
  });
});
