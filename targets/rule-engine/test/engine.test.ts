import { describe, expect, it } from "vitest";
import { createEngine, type Engine, evaluate, type Firing } from "../src/engine.ts";
import { CycleError } from "../src/match/rule-error.ts";
import type { Action, Fact, Pattern, Rule, Scalar, Test } from "../src/rule.ts";
import { enterprise, joins, payroll, simple, type Workload } from "../src/workloads.ts";

const isA = (type: string): Test => ({ field: "type", operator: "=", value: type });
const refersTo = (field: string, pattern: string, other: string): Test => ({
  field,
  operator: "=",
  value: { ref: { pattern, field: other } },
});
const set = (field: string, value: Scalar, fact?: string): Action =>
  fact === undefined ? { set: field, to: { value } } : { set: field, fact, to: { value } };

function rule(id: number, when: Rule["when"], ...actions: Action[]): Rule {
  return { id, name: `rule ${id}`, when, then: actions.length > 0 ? actions : [{ emit: "matched" }] };
}

function facts(...fields: Record<string, Scalar>[]): Fact[] {
  return fields.map((own, id) => ({ id, fields: own }));
}

const shown = (results: Iterable<Firing>) =>
  [...results].map(({ ruleId, factIds }) => `${ruleId}(${factIds.join(",")})`).join(" ");
const fired = (engine: Engine) => shown(engine.evaluate().results);

describe("a rule about one fact", () => {
  it.each<[string, Test, string]>([
    ["=", { field: "n", operator: "=", value: 5 }, "1(1)"],
    ["!=", { field: "n", operator: "!=", value: 5 }, "1(0) 1(2) 1(3)"],
    ["<", { field: "n", operator: "<", value: 5 }, "1(0)"],
    ["<=", { field: "n", operator: "<=", value: 5 }, "1(0) 1(1)"],
    [">", { field: "n", operator: ">", value: 5 }, "1(2)"],
    [">=", { field: "n", operator: ">=", value: 5 }, "1(1) 1(2)"],
    ["between", { field: "n", operator: "between", value: [3, 5] }, "1(0) 1(1)"],
    ["in", { field: "n", operator: "in", value: [9, "5", 3] }, "1(0) 1(2) 1(3)"],
    ["contains", { field: "s", operator: "contains", value: "b" }, "1(0) 1(1)"],
    ["startsWith", { field: "s", operator: "startsWith", value: "b" }, "1(1)"],
    ["endsWith", { field: "s", operator: "endsWith", value: "b" }, "1(0)"],
    ["regex", { field: "s", operator: "regex", value: "^[a-b]{2}$" }, "1(0)"],
    ["< of strings", { field: "s", operator: "<", value: "b" }, "1(0)"],
    ["has", { has: "s" }, "1(0) 1(1) 1(4)"],
    ["not has", { not: { has: "s" } }, "1(2) 1(3)"],
    ["not", { not: { field: "n", operator: "<", value: 5 } }, "1(1) 1(2) 1(3) 1(4)"],
    ["= null", { field: "s", operator: "=", value: null }, "1(4)"],
    ["any", { any: [isA("x"), { field: "n", operator: ">", value: 5 }] }, "1(2)"],
    ["all of none", { all: [] }, "1(0) 1(1) 1(2) 1(3) 1(4)"],
    ["any of none", { any: [] }, ""],
  ])("knows %s", (_, when, expected) => {
    const given = facts({ n: 3, s: "ab" }, { n: 5, s: "bcd" }, { n: 9 }, { n: "5" }, { s: null });
    expect(shown(evaluate([rule(1, when)], given).results)).toBe(expected);
  });

  it("is one of many that differ in a threshold", () => {
    const given = Array.from({ length: 9000 }, (_, id) => ({ id, fields: { n: id % 100, odd: id % 2 === 1 } }));
    const rules = Array.from({ length: 60 }, (_, i) =>
      rule(i, {
        all: [
          { field: "odd", operator: "=", value: true },
          { field: "n", operator: i % 2 === 0 ? ">" : "<=", value: i },
        ],
      }),
    );
    const expected = rules.flatMap(({ id: i }) =>
      given.filter(({ fields: { n, odd } }) => odd && (i % 2 === 0 ? n > i : n <= i)).map(({ id }) => `${i}(${id})`),
    );
    expect(shown(evaluate(rules, given).results)).toBe(expected.join(" "));
  });

  it("fires by salience, then by the order of the rules, then by ids", () => {
    const rules = [rule(1, { all: [] }), { ...rule(2, { all: [] }), salience: 5 }, rule(3, { all: [] })];
    const given = [4, 2, 7].map((id) => ({ id, fields: {} }));
    expect(shown(evaluate(rules, given).results)).toBe("2(2) 2(4) 2(7) 1(2) 1(4) 1(7) 3(2) 3(4) 3(7)");
  });

  it("fires once for as long as it holds, and again when it holds again", () => {
    const engine = createEngine([rule(1, isA("x"))]);
    engine.addAll(facts({ type: "x" }, { type: "y" }));
    expect(fired(engine)).toBe("1(0)");
    expect(fired(engine)).toBe("");
    engine.update(0, { other: 1 });
    engine.update(1, { type: "x" });
    expect(fired(engine)).toBe("1(1)");
    engine.update(0, { type: "y" });
    engine.update(0, { type: "x" });
    expect(fired(engine)).toBe("1(0)");
    engine.retract(0);
    engine.add({ id: 0, fields: { type: "x" } });
    expect(fired(engine)).toBe("1(0)");
  });

  it("writes what it sets into the fact", () => {
    const engine = createEngine([rule(1, isA("x"), set("seen", true), { set: "twice", to: { formula: "n * 2" } })]);
    engine.addAll(facts({ type: "x", n: 4 }, { type: "x" }));
    engine.evaluate();
    expect(engine.get(0)).toEqual({ id: 0, fields: { type: "x", n: 4, seen: true, twice: 8 } });
    // No number, no action.
    expect(engine.get(1)).toEqual({ id: 1, fields: { type: "x", seen: true } });
  });
});

describe("a batch of facts", () => {
  it("is refused with the name of the bad one", () => {
    const rules = [rule(1, isA("x"))];
    const bad = (fact: unknown) => () => evaluate(rules, [...facts({ type: "x" }), fact as Fact]);
    expect(bad({ id: 7 })).toThrow(/fact 7 has no object of fields/);
    expect(bad({ id: 7, fields: { type: [] } })).toThrow(/fact 7, field "type": an object is no value/);
    expect(bad({ id: 0, fields: {} })).toThrow(/there is a fact with the id 0 already/);
    expect(bad(null)).toThrow(/the id of a fact is undefined/);
  });

  it("leaves nothing behind that would change later ids", () => {
    const engine = createEngine([rule(1, isA("x"), { create: { n: { value: 1 } } })]);
    expect(() =>
      engine.addAll([
        { id: 5, fields: { type: "x" } },
        { id: 900, fields: { type: {} as Scalar } },
      ]),
    ).toThrow();
    engine.addAll([{ id: 5, fields: { type: "x" } }]);
    expect(fired(engine)).toBe("1(5)");
    expect([...engine.ids()]).toEqual([5, 6]);
  });
});

describe("chaining", () => {
  it("fires rules whose conditions an action has met, and not those it has made false", () => {
    const rules = [
      rule(1, { field: "n", operator: "=", value: 1 }, set("n", 2)),
      rule(2, { field: "n", operator: "=", value: 1 }),
      rule(3, { field: "n", operator: "=", value: 2 }, { create: { n: { formula: "n + 1" } } }),
      rule(4, { field: "n", operator: "=", value: 3 }),
    ];
    const engine = createEngine(rules);
    engine.add({ id: 10, fields: { n: 1 } });
    expect(fired(engine)).toBe("1(10) 3(10) 4(11)");
    expect(engine.get(11)).toEqual({ id: 11, fields: { n: 3 } });
  });

  it("names the rules that set one another off without end", () => {
    const rules = [
      rule(1, { field: "n", operator: "=", value: 1 }, set("n", 2)),
      rule(2, { field: "n", operator: "=", value: 2 }, set("n", 1)),
      rule(3, { has: "n" }),
    ];
    const engine = createEngine(rules, { cycleLimit: 5000 });
    engine.add({ id: 0, fields: { n: 1 } });
    expect(() => engine.evaluate()).toThrow(CycleError);
    expect(() => engine.evaluate()).toThrow(/"rule 1", "rule 2"$/);
  });

  it("lets a million facts meet one rule", () => {
    const many = Array.from({ length: 20_000 }, (_, id) => ({ id, fields: { n: 1 } }));
    const rules = [rule(1, { field: "n", operator: "=", value: 1 }, set("n", 2))];
    expect(evaluate(rules, many, { cycleLimit: 10 }).results.length).toBe(20_000);
  });
});

describe("a joining rule", () => {
  const delivery: Pattern[] = [
    { fact: "order", where: isA("order") },
    { fact: "customer", where: { all: [isA("customer"), refersTo("id", "order", "customer")] } },
    { none: { all: [isA("block"), refersTo("customer", "customer", "id")] } },
  ];

  it("binds one fact per pattern, in the order of ids", () => {
    const given = facts(
      { type: "order", customer: "b" },
      { type: "customer", id: "a" },
      { type: "customer", id: "b" },
      { type: "order", customer: "a" },
      { type: "order", customer: "a" },
      { type: "order" },
    );
    expect(shown(evaluate([rule(1, delivery)], given).results)).toBe("1(0,2) 1(3,1) 1(4,1)");
  });

  it("follows every change of the facts", () => {
    const engine = createEngine([
      rule(1, delivery, { emit: "deliver", with: { to: { ref: { pattern: "customer", field: "id" } } } }),
    ]);
    engine.addAll(facts({ type: "order", customer: 1 }, { type: "customer", id: 1 }, { type: "order", customer: 2 }));
    expect([...engine.evaluate().results].map(({ effects }) => effects)).toEqual([
      [{ emit: "deliver", with: { to: 1 } }],
    ]);
    engine.update(1, { id: 2 });
    expect(fired(engine)).toBe("1(2,1)");
    engine.add({ id: 3, fields: { type: "block", customer: 2 } });
    engine.retract(3);
    expect(fired(engine)).toBe("1(2,1)");
    engine.add({ id: 3, fields: { type: "block", customer: 1 } });
    engine.update(1, { id: 1 });
    expect(fired(engine)).toBe("");
    engine.update(3, { customer: 7 });
    expect(fired(engine)).toBe("1(0,1)");
  });

  it("joins on order as well as on equality", () => {
    const pattern = (operator: "<" | "!="): Pattern[] => [
      { fact: "a", where: { has: "n" } },
      { fact: "b", where: { field: "n", operator, value: { ref: { pattern: "a", field: "n" } } } },
    ];
    const given = facts({ n: 1 }, { n: 3 }, { n: 2 }, { n: 1 });
    expect(shown(evaluate([rule(1, pattern("<"))], given).results)).toBe("1(1,0) 1(1,2) 1(1,3) 1(2,0) 1(2,3)");
    expect(evaluate([rule(1, pattern("!="))], given).results.length).toBe(10);
  });

  it("evaluates references inside any and not", () => {
    const when: Pattern[] = [
      { fact: "a", where: isA("a") },
      { fact: "b", where: { all: [isA("b"), { not: refersTo("n", "a", "n") }] } },
      { exists: { any: [refersTo("m", "b", "n"), isA("wild")] } },
    ];
    const engine = createEngine([rule(1, when)]);
    engine.addAll(facts({ type: "a", n: 1 }, { type: "b", n: 1 }, { type: "b", n: 2 }, { type: "c", m: 2 }));
    expect(fired(engine)).toBe("1(0,2)");
    engine.update(0, { n: 2 });
    expect(fired(engine)).toBe("");
    engine.update(3, { type: "wild" });
    expect(fired(engine)).toBe("1(0,1)");
  });

  it.each<["count" | "sum" | "min" | "max" | "average", number]>([
    ["count", 3],
    ["sum", 12],
    ["min", 2],
    ["max", 6],
    ["average", 4],
  ])("takes the %s of what belongs to a binding", (aggregate, expected) => {
    const when: Pattern[] = [
      { fact: "team", where: isA("team") },
      { aggregate, of: "points", over: refersTo("team", "team", "name"), operator: ">=", value: expected, as: "total" },
    ];
    const action: Action = { set: "total", fact: "team", to: { ref: { pattern: "total", field: "value" } } };
    const engine = createEngine([rule(1, when, action)]);
    const given = [2, 4, 6].map((points) => ({ team: "red", points }));
    engine.addAll(facts({ type: "team", name: "red" }, { type: "team", name: "blue" }, ...given, { team: "red" }));
    expect(fired(engine)).toBe("1(0)");
    expect(engine.get(0)?.fields["total"]).toBe(expected);
  });

  it("looks at all facts where nothing is bound", () => {
    const engine = createEngine([
      rule(1, [{ none: isA("x") }]),
      rule(2, [{ exists: isA("x") }]),
      rule(3, [{ aggregate: "sum", of: "n", over: { all: [] }, operator: ">", value: 3 }]),
    ]);
    expect(fired(engine)).toBe("1()");
    engine.add({ id: 0, fields: { type: "x", n: 2 } });
    expect(fired(engine)).toBe("2()");
    engine.add({ id: 1, fields: { type: "x", n: 2 } });
    expect(fired(engine)).toBe("3()");
    engine.retract(0);
    engine.retract(1);
    expect(fired(engine)).toBe("1()");
  });
});

describe("what is held", () => {
  it("is nothing after all facts are gone", () => {
    const { rules, facts: given } = joins({ orders: 300, customers: 40, products: 9 });
    const engine = createEngine([...rules, rule(2, isA("order"))]);
    engine.addAll(given);
    engine.evaluate();
    expect(engine.stats().liveTokens).toBeGreaterThan(400);
    const before = createEngine([...rules, rule(2, isA("order"))]).stats().memoryUsageBytes;
    for (const { id } of given) engine.retract(id);
    expect(engine.stats()).toMatchObject({ liveTokens: 0, factCount: 0 });
    expect(engine.stats().memoryUsageBytes).toBeLessThan(before * 1.1);
  });

  it("is counted", () => {
    const { engineStats, processingMetrics, results } = evaluate(simple(1000).rules, simple(1000).facts);
    expect(engineStats).toMatchObject({ ruleCount: 1, factCount: 1000, nodeCount: 1 });
    expect(engineStats.memoryUsageBytes).toBeGreaterThan(1000);
    expect(processingMetrics).toMatchObject({ factsProcessed: 1000, rulesFired: 250 });
    expect(processingMetrics.memoryPeakBytes).toBeGreaterThanOrEqual(engineStats.memoryUsageBytes);
    expect(results.length).toBe(250);
  });

  it("is not read after a change", () => {
    const engine = createEngine([rule(1, isA("x"))]);
    engine.addAll(facts({ type: "x" }));
    const { results } = engine.evaluate();
    engine.retract(0);
    expect(() => [...results]).toThrow(/before the engine's next change/);
  });
});

describe("a workload", () => {
  const slow = (count: number, every: number) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => i % every === 0).length;

  it.each<[Workload, number]>([
    [simple(10_001), slow(10_001, 4)],
    [simple(10_000, 3), 3334],
    [payroll(10_007), 10_007 + slow(10_007, 10) + 2 * 1503],
    [enterprise(10_000), 100 * (slow(10_000, 143) + slow(10_000, 250) + 2 * slow(10_000, 400))],
    [
      joins({ orders: 2000, customers: 300, products: 40 }),
      nestedLoops({ orders: 2000, customers: 300, products: 40 }),
    ],
  ])("has as many results as it says", ({ rules, facts: given, results }, expected) => {
    expect(results).toBe(expected);
    expect(evaluate(rules, given).results.length).toBe(expected);
  });

  function nestedLoops(sizes: Parameters<typeof joins>[0]): number {
    const all = joins(sizes).facts.map(({ fields }) => fields);
    const of = (type: string) => all.filter((fields) => fields["type"] === type);
    let count = 0;
    for (const order of of("order")) {
      for (const customer of of("customer").filter((c) => c["customer_id"] === order["customer"])) {
        for (const product of of("product")) {
          if (product["product_id"] !== order["product"]) continue;
          if (!of("block").some((block) => block["blocked_id"] === customer["customer_id"])) count += 1;
        }
      }
    }
    return count;
  }
});
