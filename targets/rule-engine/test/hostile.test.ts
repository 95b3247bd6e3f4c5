import { describe, expect, it } from "vitest";
import { createEngine, type Engine, evaluate, type Firing } from "../src/engine.ts";
import { CycleError, RuleError } from "../src/match/rule-error.ts";
import type { Fact, Rule, Scalar, Test } from "../src/rule.ts";
import { FactError } from "../src/stores/store.ts";
import { validateRules } from "../src/validate.ts";
import { describeProblems } from "../src/validation/problems.ts";

/** Far above what a slow machine needs, far below what blow-up would take. */
const soon = 30_000;

function rule(when: Rule["when"], then: Rule["then"] = [{ emit: "seen" }], id = 1): Rule {
  return { id, name: `rule ${id}`, when, then };
}

function idsOf(rules: readonly Rule[], facts: readonly Fact[]): number[] {
  const both = [evaluate(rules, facts), evaluationOf(rules, facts)];
  const [first, second] = both.map(({ results }) => Array.from(results, ({ factId }) => factId as number));
  expect(first).toEqual(second);
  return first as number[];
}

/** As `evaluate`, by an engine to which the facts come one by one. */
function evaluationOf(rules: readonly Rule[], facts: readonly Fact[]): ReturnType<Engine["evaluate"]> {
  const engine = createEngine(rules);
  for (const fact of facts) engine.add(fact);
  return engine.evaluate();
}

describe("hostile rules", { timeout: soon }, () => {
  it("that have not been validated and are nested 100,000 deep are refused, not run out of stack", () => {
    for (const wrap of [
      (test: Test): Test => ({ not: test }),
      (test: Test): Test => ({ all: [test, { has: "b" }] }),
      (test: Test): Test => ({ any: [test, { has: "b" }] }),
    ]) {
      let when: Test = { has: "a" };
      for (let depth = 0; depth < 100_000; depth++) when = wrap(when);
      for (const rules of [[rule(when)], [rule([{ fact: "x", where: when }])], [rule([{ none: when }])]]) {
        try {
          expect(idsOf(rules, [{ id: 1, fields: { a: 1, b: 1 } }]).length).toBeLessThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
          expect((error as Error).message).toContain("rule 1");
        }
      }
    }
  });

  it("nested deep with a reference at the bottom are refused, not run out of stack", () => {
    let where: Test = { field: "a", operator: "=", value: { ref: { pattern: "x", field: "a" } } };
    for (let depth = 0; depth < 100_000; depth++) where = { not: where };
    const rules = [
      rule([
        { fact: "x", where: { has: "a" } },
        { fact: "y", where },
      ]),
    ];
    expect(() => createEngine(rules)).toThrow(RuleError);
  });

  it("of 100,000 conditions give the right answer: in one rule, and in ten thousand", () => {
    const tests = Array.from({ length: 100_000 }, (_, value): Test => ({ field: "a", operator: "=", value }));
    const facts = [0, 99_999, 100_000].map((a, id) => ({ id, fields: { a } }));
    expect(idsOf([rule({ any: tests })], facts)).toEqual([0, 1]);
    expect(idsOf([rule({ all: tests })], facts)).toEqual([]);
    const rules = Array.from({ length: 10_000 }, (_, id) =>
      rule({ any: tests.slice(id * 10, id * 10 + 10) }, [{ emit: "seen" }], id),
    );
    const fired = Array.from(evaluate(rules, facts).results, ({ ruleId, factId }) => [ruleId, factId]);
    expect(fired).toEqual([
      [0, 0],
      [9_999, 1],
    ]);
  });

  it("with an expression that backtracking never finishes are answered at once", () => {
    const text = `${"a".repeat(100_000)}!`;
    const facts = [
      { id: 1, fields: { a: text } },
      { id: 2, fields: { a: "aaa" } },
    ];
    for (const value of ["^(a+)+$", "^(a|aa)+$", "^(a*)*$", "^([a-z]+)*$"]) {
      expect(idsOf([rule({ field: "a", operator: "regex", value })], facts)).toEqual([2]);
    }
  });

  it("with an expression or a formula that cannot be read are refused with the rule's name", () => {
    expect(() => createEngine([rule({ field: "a", operator: "regex", value: "(" })])).toThrow(
      /rule 1.*missing closing/s,
    );
    expect(() => createEngine([rule({ has: "a" }, [{ set: "b", to: { formula: "1 +" } }])])).toThrow(/rule 1.*end of/s);
    expect(() => createEngine([rule({ has: "a" }), rule({ has: "b" })])).toThrow(/rule 1.*id/s);
  });

  it("that set one another off are stopped, and all of them are named", () => {
    const rules: Rule[] = Array.from({ length: 5 }, (_, id) =>
      rule({ field: "a", operator: "=", value: id }, [{ set: "a", to: { value: (id + 1) % 5 } }], id),
    );
    rules.push(rule({ has: "b" }, [{ emit: "innocent" }], 9));
    const engine = createEngine(rules, { cycleLimit: 1_000 });
    engine.add({ id: 0, fields: { a: 0 } });
    const error = thrown(() => engine.evaluate());
    expect(error).toBeInstanceOf(CycleError);
    expect((error as CycleError).rules).toEqual(["rule 0", "rule 1", "rule 2", "rule 3", "rule 4"]);
    expect(() => engine.evaluate()).toThrow(CycleError);
  });

  it("that set one another off are stopped by the limit that holds when none is given", () => {
    const rules = [
      rule({ field: "a", operator: "=", value: 0 }, [{ set: "a", to: { value: 1 } }], 0),
      rule({ field: "a", operator: "=", value: 1 }, [{ set: "a", to: { value: 0 } }], 1),
    ];
    expect(() => evaluate(rules, [{ id: 0, fields: { a: 0 } }])).toThrow(CycleError);
  });

  it("that make facts of facts are stopped", () => {
    const rules = [rule({ has: "a" }, [{ create: { a: { formula: "a + 1" } } }])];
    const facts = [{ id: 0, fields: { a: 0 } }];
    expect(() => evaluate(rules, facts, { cycleLimit: 10_000 })).toThrow(CycleError);
  });

  it("that double a text end at a limit, not at the end of memory", () => {
    const rules = [
      rule({ field: "n", operator: "<", value: 60 }, [
        { set: "text", to: { formula: "text + text" } },
        { set: "turn", to: { value: true } },
        { set: "n", to: { formula: "n + 1" } },
      ]),
    ];
    const engine = createEngine(rules);
    engine.add({ id: 0, fields: { n: 0, text: "x" } });
    // The match holds all the while, so every turn is one more update.
    for (let turn = 0; turn < 60; turn++) {
      engine.evaluate();
      engine.update(0, { n: 60 });
      engine.update(0, { n: 0 });
    }
    const text = engine.get(0)?.fields["text"];
    expect(typeof text === "string" ? text.length : 0).toBe(65_536);
  });
});

describe("hostile facts", { timeout: soon }, () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1];
  const facts = odd.map((a, id) => ({ id, fields: { a } }));
  const found = (operator: "=" | "!=" | "<" | "<=" | ">" | ">=", value: number) =>
    idsOf([rule({ field: "a", operator, value })], facts);

  it("NaN equals itself and has no order, −0 is 0, infinities are numbers", () => {
    expect(found("=", Number.NaN)).toEqual([0]);
    expect(found("!=", Number.NaN)).toEqual([1, 2, 3, 4, 5]);
    expect(found("<=", Number.NaN)).toEqual([]);
    expect(found("=", 0)).toEqual([3, 4]);
    expect(found("=", -0)).toEqual([3, 4]);
    expect(found("<", 0)).toEqual([2]);
    expect(found(">=", -0)).toEqual([1, 3, 4, 5]);
    expect(found("<", Number.POSITIVE_INFINITY)).toEqual([2, 3, 4, 5]);
    expect(found("<=", Number.POSITIVE_INFINITY)).toEqual([1, 2, 3, 4, 5]);
    expect(found("=", Number.NEGATIVE_INFINITY)).toEqual([2]);
    const within = rule({ field: "a", operator: "between", value: [-0, Number.POSITIVE_INFINITY] });
    expect(idsOf([within], facts)).toEqual([1, 3, 4, 5]);
    const among = rule({ field: "a", operator: "in", value: [Number.NaN, -0] });
    expect(idsOf([among], facts)).toEqual([0, 3, 4]);
  });

  it("NaN joins NaN, and −0 joins 0", () => {
    const rules = [
      rule([
        { fact: "x", where: { has: "a" } },
        { fact: "y", where: { field: "a", operator: "=", value: { ref: { pattern: "x", field: "a" } } } },
      ]),
    ];
    const pairs = Array.from(evaluate(rules, facts).results, ({ factIds }) => factIds.join());
    expect(pairs).toEqual(["0,0", "1,1", "2,2", "3,3", "3,4", "4,3", "4,4", "5,5"]);
  });

  it("a sum leaves NaN out, and what was retracted leaves no rounding behind", () => {
    const rules = [
      rule(
        [{ aggregate: "sum", of: "a", over: { has: "a" }, operator: "=", value: 1, as: "n" }],
        [{ emit: "sum", with: { n: { ref: { pattern: "n", field: "value" } } } }],
      ),
    ];
    const engine = createEngine(rules);
    engine.add({ id: 0, fields: { a: 1e16 } });
    engine.add({ id: 1, fields: { a: 1 } });
    engine.add({ id: 2, fields: { a: Number.NaN } });
    expect([...engine.evaluate().results]).toEqual([]);
    engine.retract(0);
    expect(effectsOf(engine)).toEqual([{ emit: "sum", with: { n: 1 } }]);
    engine.add({ id: 3, fields: { a: Number.POSITIVE_INFINITY } });
    expect(effectsOf(engine)).toEqual([]);
    engine.retract(3);
    expect(effectsOf(engine)).toEqual([{ emit: "sum", with: { n: 1 } }]);
  });

  it("fields with names that mean something to JavaScript are fields, and no prototype changes", () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    for (const name of ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "length"]) {
      const rules = [
        rule({ field: name, operator: "=", value: 1 }, [
          { set: name, to: { formula: `${name} + 1` } },
          { create: JSON.parse(`{"${name}": {"value": "polluted"}}`) },
          { emit: name, with: JSON.parse(`{"${name}": {"formula": "${name}"}}`) },
        ]),
        rule({ has: name }, [{ emit: "has" }], 2),
      ];
      const fields = JSON.parse(`{"${name}": 1}`) as Record<string, Scalar>;
      const given = [
        { id: 0, fields },
        { id: 1, fields: {} },
      ];
      const engine = createEngine(rules);
      engine.addAll(given);
      const fired = Array.from(engine.evaluate().results, ({ ruleId, factIds }) => `${ruleId}:${factIds}`);
      expect(fired).toEqual(["1:0", "2:0", "2:2"]);
      expect(Object.entries(engine.get(0)?.fields ?? {})).toEqual([[name, 2]]);
      expect(Object.entries(engine.get(1)?.fields ?? {})).toEqual([]);
      expect(Object.entries(engine.get(2)?.fields ?? {})).toEqual([[name, "polluted"]]);
      const answers = Array.from(evaluate(rules, given).results, ({ ruleId, factIds }) => `${ruleId}:${factIds}`);
      expect(answers).toEqual(fired);
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("ids from 0 to 2⁵³ − 1 are ids, in their order; others are refused", () => {
    const ids = [2 ** 53 - 1, 2 ** 31, 2 ** 31 - 1, 2 ** 32, 0, 2 ** 32 + 1, 1];
    const given = ids.map((id) => ({ id, fields: { a: 1 } }));
    const sorted = [...ids].sort((a, b) => a - b);
    expect(idsOf([rule({ has: "a" })], given)).toEqual(sorted);
    const engine = createEngine([rule({ has: "a" })]);
    engine.addAll(given);
    expect(Array.from(engine.ids())).toEqual(sorted);
    for (const id of ids) expect(engine.get(id)?.id).toBe(id);
    expect(engine.get(2 ** 31 + 1)).toBeUndefined();
    expect(engine.retract(2 ** 32)).toBe(true);
    expect(engine.retract(2 ** 32)).toBe(false);
    for (const id of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, "1", null, undefined]) {
      expect(() => engine.add({ id: id as number, fields: {} })).toThrow(FactError);
      expect(() => engine.addAll([{ id: id as number, fields: {} }])).toThrow(FactError);
      expect(() => evaluate([], [{ id: id as number, fields: {} }])).toThrow(FactError);
    }
    expect(Array.from(engine.ids())).toEqual(sorted.filter((id) => id !== 2 ** 32));
  });

  it("there is no id after the last: a rule that asks for one is refused", () => {
    const rules = [rule({ has: "a" }, [{ create: { b: { value: 1 } } }])];
    expect(() => evaluate(rules, [{ id: 2 ** 53 - 1, fields: { a: 1 } }])).toThrow(FactError);
  });

  it("the same id twice is refused, and the first fact stays", () => {
    const engine = createEngine([rule({ has: "a" })]);
    engine.add({ id: 7, fields: { a: 1 } });
    expect(() => engine.add({ id: 7, fields: { a: 2 } })).toThrow(FactError);
    expect(() => engine.addAll([{ id: 7, fields: { a: 3 } }])).toThrow(/7/);
    const twice = [8, 8].map((id) => ({ id, fields: { a: 1 } }));
    expect(() => evaluate([rule({ has: "a" })], twice)).toThrow(FactError);
    expect(engine.get(7)).toEqual({ id: 7, fields: { a: 1 } });
    expect(Array.from(engine.evaluate().results, ({ factId }) => factId)).toContain(7);
  });

  it("values that are no scalars are refused wherever they come in, and nothing of them stays", () => {
    const engine = createEngine([rule({ has: "a" })]);
    engine.add({ id: 0, fields: { a: 1 } });
    for (const value of [{}, [], () => 1, Symbol("x"), 1n, { valueOf: () => 1 }] as unknown as Scalar[]) {
      expect(() => engine.add({ id: 1, fields: { a: 1, b: value } })).toThrow(FactError);
      expect(() => engine.addAll([{ id: 1, fields: { a: 1, b: value } }])).toThrow(FactError);
      expect(() => engine.update(0, { a: 2, b: value })).toThrow(FactError);
      expect(engine.get(1)).toBeUndefined();
      expect(engine.get(0)).toEqual({ id: 0, fields: { a: 1 } });
    }
    expect(() => engine.add({ id: 1, fields: null as never })).toThrow(FactError);
    expect(() => engine.update(5, { a: 1 })).toThrow(FactError);
    expect(engine.stats().factCount).toBe(1);
  });

  it("huge texts are values like others", () => {
    const huge = "x".repeat(20_000_000);
    const given = [
      { id: 0, fields: { a: `${huge}y` } },
      { id: 1, fields: { a: huge } },
    ];
    expect(idsOf([rule({ field: "a", operator: "endsWith", value: "y" })], given)).toEqual([0]);
    expect(idsOf([rule({ field: "a", operator: "=", value: huge })], given)).toEqual([1]);
    expect(idsOf([rule({ field: "a", operator: "regex", value: "y$" })], given)).toEqual([0]);
  });

  it("ten thousand different fields are fields", () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, index]));
    const engine = createEngine([rule({ field: "f9999", operator: "=", value: 9_999 })]);
    engine.add({ id: 0, fields });
    expect([...engine.evaluate().results]).toHaveLength(1);
    expect(engine.get(0)).toEqual({ id: 0, fields });
  });
});

describe("what the validator takes", { timeout: soon }, () => {
  it("runs, at its limits of nesting and of repetitions", () => {
    let when: Test = { has: "a" };
    for (let depth = 0; depth < 50; depth++) when = { not: when };
    const result = validateRules([
      rule(when),
      rule({ field: "a", operator: "regex", value: "^(a?){100}a{100}$" }, [], 2),
    ]);
    if (!result.ok) throw new Error(describeProblems(result));
    expect(idsOf(result.value, [{ id: 3, fields: { a: "b" } }])).toEqual([3]);
  });
});

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function effectsOf(engine: Engine): Firing["effects"] {
  return Array.from(engine.evaluate().results).flatMap(({ effects }) => effects);
}
