import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, evaluate, type Results } from "../src/engine.ts";
import type { Rule, Scalar } from "../src/rule.ts";
import { factFields, testOfOneFact } from "./arbitrary.ts";
import { Oracle } from "./oracle.ts";

/** More than two pages of columns, and no multiple of a bitmap's word. */
const population = 9_001;
const cases = 60;
const seed = Number(process.env["RULE_ENGINE_SEED"] ?? Date.now() % 2 ** 31);

const someRules = fc
  .array(fc.tuple(testOfOneFact, fc.constantFrom(-1, 0, 1)), { minLength: 1, maxLength: 5 })
  .map((parts) =>
    parts.map(([when, salience], index): Rule => {
      return { id: 50 - index, name: `rule ${index}`, when, salience, then: [{ emit: "seen" }] };
    }),
  );

/** Rules about one fact ask nothing of the others, so an oracle for each fact alone answers for thousands. */
class Crowd {
  readonly #rules: readonly Rule[];
  readonly #oracles = new Map<number, Oracle>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  add(id: number, fields: Readonly<Record<string, Scalar>>): void {
    const oracle = new Oracle(this.#rules);
    oracle.add({ id, fields });
    this.#oracles.set(id, oracle);
  }

  update(id: number, changes: Readonly<Record<string, Scalar | undefined>>): void {
    this.#oracles.get(id)?.update(id, changes);
  }

  retract(id: number): void {
    this.#oracles.delete(id);
  }

  /** Firings as `rule:fact`, in order. */
  evaluate(): string[] {
    const rank = new Map(
      [...this.#rules].sort((a, b) => (b.salience ?? 0) - (a.salience ?? 0)).map(({ id }, index) => [id, index]),
    );
    const fired = [...this.#oracles].flatMap(([id, oracle]) =>
      oracle.evaluate().map(({ ruleId }) => ({ ruleId, id, rank: rank.get(ruleId) ?? 0 })),
    );
    return fired.sort((a, b) => a.rank - b.rank || a.id - b.id).map(({ ruleId, id }) => `${ruleId}:${id}`);
  }
}

function read(results: Results): string[] {
  return Array.from(results, ({ ruleId, factId }) => `${ruleId}:${factId}`);
}

describe("thousands of facts", () => {
  it(`are answered like each of them alone, before and after changes: ${cases} cases with the seed ${seed}`, {
    timeout: 120_000,
  }, () => {
    let firings = 0;
    fc.assert(
      fc.property(someRules, fc.array(factFields, { minLength: 5, maxLength: 40 }), fc.nat(), (rules, kinds, salt) => {
        const fieldsOf = (index: number) => kinds[(index * 7 + salt) % kinds.length] ?? {};
        const idOf = (index: number) => (salt % 2 === 0 ? index : (index * 7_919) % 1_000_003);
        const facts = Array.from({ length: population }, (_, index) => ({ id: idOf(index), fields: fieldsOf(index) }));
        const crowd = new Crowd(rules);
        for (const { id, fields } of facts) crowd.add(id, fields);
        const expected = crowd.evaluate();
        firings += expected.length;
        const engine = createEngine(rules);
        engine.addAll(facts);
        expect(read(engine.evaluate().results)).toEqual(expected);
        expect(read(evaluate(rules, facts).results)).toEqual(expected);
        for (let index = salt % 31; index < population; index += 31) {
          const id = idOf(index);
          if (index % 3 === 0) {
            engine.retract(id);
            crowd.retract(id);
          }
          if (index % 3 === 0 && index % 2 === 0) continue;
          const fields = fieldsOf(index + 1);
          if (index % 3 === 0) {
            engine.add({ id, fields });
            crowd.add(id, fields);
          } else {
            engine.update(id, fields);
            crowd.update(id, fields);
          }
        }
        engine.addAll([{ id: 2_000_000, fields: fieldsOf(3) }]);
        crowd.add(2_000_000, fieldsOf(3));
        expect(read(engine.evaluate().results)).toEqual(crowd.evaluate());
        expect(engine.evaluate().results.length).toBe(0);
      }),
      { numRuns: cases, seed },
    );
    console.info(`rule engine on ${population} facts: seed ${seed}, ${firings} firings`);
    expect(firings).toBeGreaterThan(cases * 1_000);
  });
});
