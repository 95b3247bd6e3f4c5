import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceUnderTest, Session } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";

let stack: Stack;
let service: ServiceUnderTest;
let user: Session;

beforeAll(async () => {
  stack = await startStack();
  service = await stack.service({ RULES_TIMEOUT_MS: "2000", RULES_MEMORY_MB: "256" });
  user = await service.login(2);
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const evaluate = (body: unknown) => service.ask("POST", "/api/rules/evaluate", { as: user, body });
const numbered = (count: number, fields: (id: number) => object = (id) => ({ n: id })) =>
  Array.from({ length: count }, (_, id) => ({ id, fields: fields(id) }));
const rule = (id: number, when: unknown, then: unknown = [{ set: "flag", to: { value: id } }]) => ({
  id,
  name: `rule ${id}`,
  when,
  then,
});
/** Pairs of all facts with all facts, and then with all that are smaller: none, but only trying says so. */
const endless = [
  { fact: "a", where: { has: "n" } },
  { fact: "b", where: { has: "n" } },
  { fact: "c", where: { field: "n", operator: "<", value: { ref: { pattern: "a", field: "text" } } } },
];
const isWell = async () => {
  const { status, body } = await evaluate({ rules: [rule(1, { has: "n" })], facts: numbered(2) });
  expect([status, body.results.map(({ factId }) => factId)]).toEqual([200, [0, 1]]);
};

test("rules fire for the facts that meet their conditions, with the fields that they set", async () => {
  const { status, body } = await evaluate({
    rules: [
      rule(1, { field: "hours", operator: ">", value: 40 }),
      rule(2, {
        all: [
          { field: "hours", operator: ">", value: 40 },
          { field: "team", operator: "=", value: "a" },
        ],
      }),
      rule(3, { field: "team", operator: "<", value: 3 }),
    ],
    facts: [
      { id: 10, fields: { hours: 41, team: "a" } },
      { id: 11, fields: { hours: 50, team: "b" } },
      { id: 12, fields: { hours: 40, team: "a" } },
    ],
  });
  expect(status).toBe(200);
  expect(body.results).toEqual([
    { ruleId: 1, factId: 10, effects: [{ set: "flag", to: 1 }] },
    { ruleId: 1, factId: 11, effects: [{ set: "flag", to: 1 }] },
    { ruleId: 2, factId: 10, effects: [{ set: "flag", to: 2 }] },
  ]);
});

test("every answer has the engine's statistics and the metrics of its processing", async () => {
  const { body } = await evaluate({ rules: [rule(1, { has: "n" }), rule(2, { has: "m" })], facts: numbered(500) });
  expect(body.engineStats).toEqual({
    ruleCount: 2,
    factCount: 500,
    nodeCount: 2,
    memoryUsageBytes: expect.any(Number),
    liveTokens: expect.any(Number),
  });
  expect(body.processingMetrics).toEqual({
    evaluationTimeMs: expect.any(Number),
    factsProcessed: 500,
    rulesFired: 500,
    memoryPeakBytes: expect.any(Number),
  });
  expect(body.engineStats["memoryUsageBytes"]).toBeGreaterThan(500 * 8);
});

test("joins, chaining, formulas, emitted events and dates come through HTTP", async () => {
  const { body } = await evaluate({
    rules: [
      rule(1, { field: "hours", operator: ">", value: 40 }, [{ set: "extra", to: { formula: "hours - 40" } }]),
      rule(
        2,
        [
          { fact: "shift", where: { field: "extra", operator: ">", value: 5 } },
          {
            fact: "person",
            where: { field: "person", operator: "=", value: { ref: { pattern: "shift", field: "who" } } },
          },
        ],
        [
          { set: "seen", fact: "person", to: { value: { date: "2026-01-31" } } },
          { emit: "overtime", with: { hours: { ref: { pattern: "shift", field: "extra" } } } },
        ],
      ),
    ],
    facts: [
      { id: 5, fields: { hours: 48, who: "ann" } },
      { id: 6, fields: { hours: 41, who: "bob" } },
      { id: 7, fields: { person: "ann" } },
    ],
  });
  expect(body.results).toEqual([
    { ruleId: 1, factId: 5, effects: [{ set: "extra", to: 8 }] },
    { ruleId: 1, factId: 6, effects: [{ set: "extra", to: 1 }] },
    {
      ruleId: 2,
      factId: 5,
      factIds: [5, 7],
      effects: [
        { set: "seen", fact: "person", to: { date: "2026-01-31T00:00:00.000Z" } },
        { emit: "overtime", with: { hours: 8 } },
      ],
    },
  ]);
});

test("nothing of one request is seen by the next, nor by one at the same time", async () => {
  const body = {
    rules: [rule(1, { field: "flag", operator: "=", value: 2 }), rule(2, { has: "n" })],
    facts: numbered(3),
  };
  const answers = await Promise.all(Array.from({ length: 10 }, () => evaluate(body)));
  for (const answer of answers) {
    const fired = answer.body.results.map(({ ruleId, factId }) => `${ruleId}:${factId}`);
    expect(fired.toSorted()).toEqual(["1:0", "1:1", "1:2", "2:0", "2:1", "2:2"]);
  }
});

test("all problems of rules and facts are answered at once, with their places, for people and for programs", async () => {
  const { status, body } = await evaluate({
    rules: [{ ...rule(1, { field: "n", operator: "equals", value: 1 }), name: "first" }, { id: 1 }],
    facts: [
      { id: 1, fields: { n: 1 } },
      { id: 1, fields: { n: [2] } },
    ],
  });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  expect(body.error.message).toContain("rule “first” (rules[0]), when.operator: expected one of");
  expect(body.error.message).toContain('Write "="');
  expect(body.error.message).toContain("facts[1], id: expected an id that no other fact has");
  expect(body.error.problems).toContainEqual({
    subject: "facts[1]",
    path: "fields.n",
    expected: expect.stringContaining("a text, a number"),
    found: "an array of 1",
    kind: "form",
  });
});

test.for([
  ["no JSON at all", "{", 400, "no JSON"],
  ["nothing", "", 400, "no JSON"],
  ["a list", "[]", 400, "body: expected an object"],
  ["a key that nobody reads", { rules: [], facts: [], fact: [] }, 400, 'Write "facts"'],
  ["no rules", { facts: [] }, 400, "body, rules: expected a value"],
  [
    "a formula that is none",
    { rules: [rule(1, { has: "n" }, [{ set: "n", to: { formula: "n +" } }])], facts: [] },
    400,
    "formula",
  ],
  [
    "an expression that looks back",
    { rules: [rule(1, { field: "n", operator: "regex", value: "(a)\\1" })], facts: [] },
    400,
    "RE2",
  ],
  ["too many facts", { rules: [], facts: new Array(200_001).fill(0) }, 400, "at most 200000 facts"],
  ["an id beyond whole numbers", { rules: [], facts: [{ id: 2 ** 60, fields: {} }] }, 400, "facts[0], id"],
  [
    "conditions a hundred thousand deep",
    `{"facts":[],"rules":[{"id":1,"name":"r","then":[],"when":${'{"not":'.repeat(1e5)}{}${"}".repeat(1e5)}}]}`,
    400,
    "at most 50 of all, any and not",
  ],
] as const)("%s is refused with the reason", async ([, body, status, reason]) => {
  const answer = await evaluate(body);
  expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringContaining(reason)]);
});

test("a body that is no JSON by its type is 415", async () => {
  const headers = { "content-type": "text/plain" };
  const { status } = await service.ask("POST", "/api/rules/evaluate", { as: user, body: "{}", headers });
  expect(status).toBe(415);
});

test("the field __proto__ is a field like any other", async () => {
  const facts = '[{"id":1,"fields":{"__proto__":{"date":"2026-01-31"},"constructor":"c"}},{"id":2,"fields":{}}]';
  const rules = [
    rule(1, { has: "__proto__" }, [{ set: "toString", to: { value: "polluted" } }]),
    rule(2, { has: "constructor" }),
  ];
  const { status, body } = await evaluate(`{"rules":${JSON.stringify(rules)},"facts":${facts}}`);
  expect(status).toBe(200);
  expect(body.results.map(({ ruleId, factId }) => [ruleId, factId])).toEqual([
    [1, 1],
    [2, 1],
  ]);
  await isWell();
});

test("an expression that would take for ever by backtracking takes no time", async () => {
  const facts = numbered(500, () => ({ text: `${"a".repeat(5000)}!` }));
  const started = performance.now();
  const { status, body } = await evaluate({
    rules: [rule(1, { field: "text", operator: "regex", value: "^(a+)+$" })],
    facts,
  });
  expect([status, body.results]).toEqual([200, []]);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("rules that set one another off without end are named", async () => {
  const { status, body } = await evaluate({
    rules: [rule(1, { has: "n" }, [{ create: { n: { value: 1 } } }])],
    facts: numbered(1),
  });
  expect([status, body.error.code]).toEqual([422, "RULE_CYCLE"]);
  expect(body.error.message).toContain('"rule 1"');
  await isWell();
});

test("rules that find no end are ended, and others are answered meanwhile", async () => {
  const facts = numbered(20_000, (id) => ({ n: id, text: "x" }));
  const started = performance.now();
  const hanging = evaluate({ rules: [rule(1, endless, [{ emit: "x" }])], facts });
  for (let other = 0; other < 5; other += 1) await isWell();
  expect(performance.now() - started).toBeLessThan(1500);
  const { status, body } = await hanging;
  expect([status, body.error.code]).toEqual([422, "EVALUATION_LIMIT"]);
  expect(body.error.message).toContain("within 2000 ms");
  await isWell();
});

test.for([
  [
    "matches of everything with everything",
    () => JSON.stringify({ rules: [rule(1, endless.slice(0, 2), [{ emit: "x" }])], facts: numbered(30_000) }),
    "more than 256 MiB",
  ],
  [
    "ten million results",
    () =>
      JSON.stringify({
        rules: Array.from({ length: 200 }, (_, id) => rule(id, { has: "n" })),
        facts: numbered(50_000),
      }),
    "more than 64 MiB",
  ],
  ["twenty million objects", () => `{"rules":[],"facts":[${"{},".repeat(20_000_000)}{}]}`, "objects and arrays"],
  ["thirty million numbers", () => `{"rules":[],"facts":[${"1,".repeat(30_000_000)}1]}`, "values"],
] as const)("%s are refused, and the service lives on", async ([, body, reason]) => {
  const answer = await evaluate(body());
  expect([answer.status, answer.body.error.code]).toEqual([422, "EVALUATION_LIMIT"]);
  expect(answer.body.error.message).toContain(reason);
  await isWell();
});

test("a hundred thousand facts hold no other request up", async () => {
  const body = JSON.stringify({
    rules: [rule(1, { field: "n", operator: ">=", value: 0 })],
    facts: numbered(100_000, (id) => ({ n: id, region: `region ${id % 50}` })),
  });
  await evaluate(body);
  let finished = false;
  const evaluations = Promise.all([evaluate(body), evaluate(body), evaluate(body)]).finally(() => {
    finished = true;
  });
  const waits: number[] = [];
  while (!finished) {
    const asked = performance.now();
    await fetch(`${service.url}/healthz`).then((response) => response.text());
    waits.push(performance.now() - asked);
  }
  for (const { status, body: evaluation } of await evaluations) {
    expect([status, evaluation.results.length]).toEqual([200, 100_000]);
    expect(evaluation.results[99_999]).toEqual({ ruleId: 1, factId: 99_999, effects: [{ set: "flag", to: 1 }] });
  }
  waits.sort((a, b) => a - b);
  expect(waits.length).toBeGreaterThan(10);
  expect(waits[Math.floor(waits.length / 2)]).toBeLessThan(50);
});

test("beyond the queue evaluations are refused with 503 and Retry-After", async () => {
  await using narrow = await stack.service({ RULES_THREADS: "1", RULES_QUEUE_MAX_MB: "0", RULES_TIMEOUT_MS: "1500" });
  const as = await narrow.login(2);
  const ask = (body: unknown) => narrow.ask("POST", "/api/rules/evaluate", { as, body });
  const facts = numbered(10_000, (id) => ({ n: id, text: "x" }));
  const hanging = ask({ rules: [rule(1, endless, [{ emit: "x" }])], facts });
  // Its body is the larger one: without this the others may be there first, and be answered.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const others = await Promise.all(Array.from({ length: 5 }, () => ask({ rules: [], facts: [] })));
  expect((await hanging).status).toBe(422);
  const busy = others.filter(({ status }) => status === 503);
  expect(busy.length).toBeGreaterThanOrEqual(3);
  expect(busy.map(({ body, headers }) => [body.error.code, headers.get("retry-after")])[0]).toEqual([
    "RULES_BUSY",
    "1",
  ]);
});

test("SIGTERM while an evaluation runs ends the service all the same", async () => {
  await using own = await stack.service({ SHUTDOWN_MS: "8000", RULES_TIMEOUT_MS: "1000" });
  const as = await own.login(2);
  const facts = numbered(10_000, (id) => ({ n: id, text: "x" }));
  const running = own
    .ask("POST", "/api/rules/evaluate", { as, body: { rules: [rule(1, endless, [{ emit: "x" }])], facts } })
    .then(({ status }) => status);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await own.terminate()).toBe(0);
  expect(await running).toBe(422);
});
