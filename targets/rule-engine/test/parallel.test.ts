import { describe, expect, it } from "vitest";
import { evaluate, type Firing } from "../src/engine.ts";
import { ParallelEngine } from "../src/parallel.ts";
import type { Fact, Rule } from "../src/rule.ts";
import { joins, payroll, simple } from "../src/workloads.ts";

const shown = (results: Iterable<Firing>) => [...results].map(({ ruleId, factId }) => `${ruleId}:${factId}`).join(" ");

describe("engines in worker threads", () => {
  it("fire what one engine fires, in its order, again and again", async () => {
    const first = payroll(30_007);
    await using engine = new ParallelEngine(first.rules, { workers: 2 });
    for (const { rules, facts } of [first, payroll(5), payroll(0), payroll(9000)]) {
      const results = await engine.evaluate(facts);
      expect(shown(results)).toBe(shown(evaluate(rules, facts).results));
      expect(results.length).toBe(evaluate(rules, facts).results.length);
    }
  });

  it("know strings that come with the facts", async () => {
    const rules: Rule[] = [
      {
        id: 1,
        name: "region",
        when: { field: "region", operator: "regex", value: "^region_[1-3]$" },
        then: [{ set: "near", to: { value: true } }],
      },
    ];
    const facts = [...simple(9000).facts].reverse();
    await using engine = new ParallelEngine(rules, { workers: 2, partitions: 5 });
    expect(shown(await engine.evaluate(facts))).toBe(shown(evaluate(rules, facts).results));
    expect((await engine.evaluate(facts)).length).toBe((9000 * 3) / 50);
  });

  it("refuse rules that need all facts in one place, and bad facts", async () => {
    expect(() => new ParallelEngine(joins({ orders: 1, customers: 1, products: 1 }).rules, { workers: 1 })).toThrow(
      /only rules about one fact/,
    );
    await using engine = new ParallelEngine(simple(1).rules, { workers: 1, partitions: 2 });
    const twice: Fact[] = [1, 2, 2, 3].map((id) => ({ id, fields: {} }));
    await expect(engine.evaluate(twice)).rejects.toThrow(/id 2 already/);
    expect((await engine.evaluate(simple(8).facts)).length).toBe(2);
  });
});
