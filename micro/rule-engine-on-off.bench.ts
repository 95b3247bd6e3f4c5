/**
 * What each device of the engine is worth: the same question with it and without it. The engine has no switches: what
 * would be slower without is asked in words that the device cannot see through, with the same answer. The change of one
 * fact against an evaluation from nothing is in rule-engine-incremental.
 */
import type { Bench, Benches } from "../harness/micro/bench.ts";
import { evaluate } from "../targets/rule-engine/src/engine.ts";
import { TokenTable } from "../targets/rule-engine/src/match/tokens.ts";
import type { Fact, Rule, Test } from "../targets/rule-engine/src/rule.ts";
import { ArenaFactStore } from "../targets/rule-engine/src/stores/arena.ts";
import { payroll } from "../targets/rule-engine/src/workloads.ts";
import { answered, expectResults, lazy } from "./lib/answers.ts";

export default function benches(): Benches {
  return {
    ...capacityHints(),
    ...tokenSharing(),
    ...tokenPooling(),
    ...orderByCost(),
    ...orderByStatistics(),
    ...hashIndexedJoins(),
    ...lazyEvaluation(),
  };
}

/** Facts one by one, into a store that knows how many will come, and into one that does not. */
function capacityHints(): Benches {
  const facts = lazy(() => Array.from({ length: 20_000 }, (_, id): Fact => ({ id, fields: { amount: id } })));
  const filled = (capacity: number): Bench => ({
    single: true,
    items: 20_000,
    run: () => {
      const store = new ArenaFactStore({ capacity });
      for (const fact of facts()) store.add(fact);
      if (!store.has(19_999)) throw new Error("the last fact is not there");
      return store;
    },
  });
  return { hinted: filled(20_000), unhinted: filled(0) };
}

/** 100 rules that ask the same, and so share one node and its matches; and 100 that ask it each in words of its own. */
function tokenSharing(): Benches {
  const facts = lazy(() => texts((id) => ({ tier: id % 250 === 0 ? "premium" : "standard" })));
  const of = (test: (rule: number) => Test) => evaluation(100, test, facts, 100 * Math.ceil(FACTS / 250));
  return {
    shared: of(() => ({ field: "tier", operator: "in", value: ["premium"] })),
    unshared: of((rule) => ({ field: "tier", operator: "in", value: ["premium", `no tier ${rule}`] })),
  };
}

/** 1,000 matches come and go: in a table that uses their places again, and in one that is new each time. */
function tokenPooling(): Benches {
  const tokens = 1000;
  const pass = (table: TokenTable) => {
    const made: number[] = [];
    const rows = [0, 0, 0];
    for (let i = 1; i <= tokens; i += 1) {
      rows[0] = i;
      rows[1] = i % 100;
      rows[2] = i % 10;
      made.push(table.insert(rows));
    }
    for (const token of made) table.release(token);
    table.settle();
    return made;
  };
  // One match stays: a table without any gives its memory back.
  const withOne = () => {
    const table = new TokenTable(3);
    table.insert([0, 0, 0]);
    return table;
  };
  const table = withOne();
  return {
    pooled: { run: () => pass(table), items: tokens },
    unpooled: { run: () => pass(withOne()), items: tokens },
  };
}

const FACTS = 20_000;

/** A regular expression and an equality that one fact in 250 meets: the cheap one is asked first. */
function orderByCost(): Benches {
  const facts = lazy(() =>
    texts((id) => ({ tier: id % 250 === 0 ? "premium" : "standard", note: `note ${id} of the customer` })),
  );
  const tests: readonly Test[] = [
    { field: "note", operator: "regex", value: "^note [0-9]+ of .*customer$" },
    { field: "tier", operator: "=", value: "premium" },
  ];
  return ordered("by-cost", tests, facts, FACTS / 250);
}

/**
 * Two tests of the same cost, of which the first refuses nothing: what the first page shows turns them round. The texts
 * are long and few, so that it is the tests that cost and not the interning of the texts.
 */
function orderByStatistics(): Benches {
  const notes = Array.from({ length: 50 }, (_, i) => `${"a customer of long standing wrote ".repeat(30)}note ${i}`);
  const reasons = Array.from({ length: 100 }, (_, i) => `${i === 0 ? "refused" : "granted"} ${i}`);
  const facts = lazy(() =>
    texts((id) => ({ note: notes[id % notes.length] as string, reason: reasons[id % reasons.length] as string })),
  );
  const tests: readonly Test[] = [
    { field: "note", operator: "contains", value: "note" },
    { field: "reason", operator: "startsWith", value: "refused" },
  ];
  return ordered("by-statistics", tests, facts, FACTS / reasons.length);
}

/** Without: not one of them is false, which asks every test of every fact. */
function ordered(name: string, tests: readonly Test[], facts: () => readonly Fact[], results: number): Benches {
  const unordered: Test = { not: { any: tests.map((test): Test => ({ not: test })) } };
  return {
    [name]: evaluation(1, () => ({ all: tests }), facts, results),
    [`${name}-off`]: evaluation(1, () => unordered, facts, results),
  };
}

/** Orders and their customers: on equality, and on being neither less nor more, which no hash index can answer. */
function hashIndexedJoins(): Benches {
  const [orders, customers] = [1000, 200];
  const facts = lazy(() => [
    ...Array.from({ length: customers }, (_, id): Fact => ({ id, fields: { customer_id: id } })),
    ...Array.from({ length: orders }, (_, i): Fact => ({ id: customers + i, fields: { ordered_by: i % customers } })),
  ]);
  const customer = { ref: { pattern: "order", field: "ordered_by" } };
  const joined = (where: Test): Bench => {
    const rule: Rule = {
      id: 1,
      name: "orders of known customers",
      when: [
        { fact: "order", where: { has: "ordered_by" } },
        { fact: "customer", where },
      ],
      then: [{ set: "known", fact: "order", to: { value: true } }],
    };
    return { run: () => answered({ name: "orders", rules: [rule], facts: facts(), results: orders }), single: true };
  };
  return {
    hashed: joined({ field: "customer_id", operator: "=", value: customer }),
    unhashed: joined({
      all: [
        { field: "customer_id", operator: "<=", value: customer },
        { field: "customer_id", operator: ">=", value: customer },
      ],
    }),
  };
}

/** Results are made when they are read: counted, and read one by one. */
function lazyEvaluation(): Benches {
  const workload = lazy(() => payroll(50_000));
  return {
    counted: {
      single: true,
      run: () => {
        const { results } = evaluate(workload().rules, workload().facts);
        expectResults(workload(), results.length);
        return results.length;
      },
    },
    read: { run: () => answered(workload()), single: true },
  };
}

function texts(fields: (id: number) => Fact["fields"]): Fact[] {
  return Array.from({ length: FACTS }, (_, id) => ({ id, fields: fields(id) }));
}

function evaluation(count: number, test: (rule: number) => Test, facts: () => readonly Fact[], results: number): Bench {
  const rules = Array.from(
    { length: count },
    (_, id): Rule => ({
      id,
      name: `rule ${id}`,
      when: test(id),
      then: [{ set: `result_${id}`, to: { value: true } }],
    }),
  );
  return {
    run: () => answered({ name: `${count} rules`, rules, facts: facts(), results }),
    items: FACTS,
    single: true,
  };
}
