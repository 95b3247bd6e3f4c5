import { describe, expect, it } from "vitest";
import { createEngine, evaluate } from "../src/engine.ts";
import { CycleError, RuleError } from "../src/match/rule-error.ts";
import type { Rule, Test } from "../src/rule.ts";

/** The smallest examples of what the oracle and hostile rules once found. */
describe("found by the oracle and by hostile rules", () => {
  it("a fact that an action creates is seen by the rules in the same evaluation", () => {
    const rules: readonly Rule[] = [
      {
        id: 100,
        name: "more and more",
        when: { field: "a", operator: "!=", value: 0 },
        then: [{ create: { a: { value: 0.5 } } }],
      },
    ];
    const facts = [{ id: 0, fields: { a: "" } }];
    const engine = createEngine(rules, { cycleLimit: 15 });
    engine.addAll(facts);
    expect(() => engine.evaluate()).toThrow(CycleError);
    expect(() => evaluate(rules, facts, { cycleLimit: 15 })).toThrow(CycleError);
  });

  it("a join nested too deep is refused with the rule's name, not run out of stack", () => {
    let where: Test = { field: "a", operator: "=", value: { ref: { pattern: "x", field: "a" } } };
    for (let depth = 0; depth < 20_000; depth++) where = { not: where };
    const rule: Rule = {
      id: 1,
      name: "deep",
      when: [
        { fact: "x", where: { has: "a" } },
        { fact: "y", where },
      ],
      then: [],
    };
    expect(() => createEngine([rule])).toThrow(RuleError);
    expect(() => createEngine([rule])).toThrow(/deep.*nested more than 500/);
  });
});
