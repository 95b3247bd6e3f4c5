/**
 * One measurement of `bench:matcher` in a process of its own: `node … matcher-case.ts <name> [count]` prints one line of
 * JSON. Facts exist before the clock starts; it stops when the last result has been read.
 */
import { Worker } from "node:worker_threads";
import { Engine as JsonRulesEngine } from "json-rules-engine";
import { createEngine, evaluate, type Firing } from "../../targets/rule-engine/src/engine.ts";
import type { Fact, Scalar } from "../../targets/rule-engine/src/rule.ts";
import { IdIndex } from "../../targets/rule-engine/src/stores/id-index.ts";
import { enterprise, joins, payroll, simple, type Workload } from "../../targets/rule-engine/src/workloads.ts";

const cases: Readonly<Record<string, (count: number) => unknown>> = {
  simple: (count) => once(simple(count)),
  payroll: (count) => once(payroll(count)),
  enterprise: (count) => once(enterprise(count)),
  "json-rules-engine": jsonRulesEngine,
  joins: () => joinsOnce(readAll),
  "joins-by-hand": () => joinsOnce(joinByHand),
  "joins-warm": joinsWarm,
  sustained: (seconds) => sustained(seconds),
  workers: workers,
  incremental: incremental,
  "retract-all": retractAll,
  index: directIndex,
};

const [name = "", count = "1000000"] = process.argv.slice(2);
const run = cases[name];
if (run === undefined) throw new Error(`no case ${JSON.stringify(name)}: one of ${Object.keys(cases).join(", ")}`);
process.stdout.write(`${JSON.stringify(await run(Number(count)))}\n`);

function once(workload: Workload) {
  globalThis.gc?.();
  const start = performance.now();
  const { results, ids } = readAll(workload);
  const seconds = (performance.now() - start) / 1000;
  expectResults(workload, results);
  return { seconds, results, ids, facts: workload.facts.length, peakRssBytes: peakRss() };
}

function readAll({ rules, facts }: Workload) {
  return read(evaluate(rules, facts).results);
}

/** Every result on its own: ids summed, every set field touched. */
function read(firings: Iterable<Firing>): { results: number; ids: number } {
  let results = 0;
  let ids = 0;
  for (const { factId, effects } of firings) {
    results += 1;
    ids += factId ?? 0;
    for (const effect of effects)
      if (!("set" in effect) || effect.to === undefined) throw new Error("a field is not set");
  }
  return { results, ids };
}

function expectResults(workload: Workload, results: number): void {
  if (results !== workload.results) throw new Error(`${workload.name}: ${results} results for ${workload.results}`);
}

async function jsonRulesEngine(count: number) {
  const workload = simple(count);
  const engine = new JsonRulesEngine();
  engine.addRule({
    conditions: { all: [{ fact: "status", operator: "equal", value: "active" }] },
    event: { type: "processed", params: { processed: true } },
  });
  let results = 0;
  let ids = 0;
  const start = performance.now();
  for (const { id, fields } of workload.facts) {
    const { events } = await engine.run(fields as Record<string, Scalar>);
    for (const { params } of events) {
      if (params?.["processed"] !== true) throw new Error("a field is not set");
      results += 1;
      ids += id;
    }
  }
  const seconds = (performance.now() - start) / 1000;
  expectResults(workload, results);
  return { seconds, results, ids, facts: count, peakRssBytes: peakRss() };
}

function joinsOnce(join: (workload: Workload) => { results: number }) {
  const workload = joins();
  globalThis.gc?.();
  const start = performance.now();
  const { results } = join(workload);
  const seconds = (performance.now() - start) / 1000;
  expectResults(workload, results);
  return { seconds, results, facts: workload.facts.length, peakRssBytes: peakRss() };
}

/** What one would write for this one question: a map per side, one loop, results of the same content. */
function joinByHand({ facts }: Workload): { results: number; ids: number } {
  const customers = new Map<Scalar, Fact>();
  const products = new Map<Scalar, Fact>();
  const blocked = new Set<Scalar>();
  const orders: Fact[] = [];
  for (const fact of facts) {
    const fields = fact.fields;
    if (fields["type"] === "customer") customers.set(fields["customer_id"] as Scalar, fact);
    else if (fields["type"] === "product") products.set(fields["product_id"] as Scalar, fact);
    else if (fields["type"] === "block") blocked.add(fields["blocked_id"] as Scalar);
    else orders.push(fact);
  }
  const found: { ruleId: number; factId: number; factIds: number[]; effects: { set: string; to: boolean }[] }[] = [];
  for (const order of orders) {
    const customer = customers.get(order.fields["customer"] as Scalar);
    if (customer === undefined || blocked.has(customer.fields["customer_id"] as Scalar)) continue;
    const product = products.get(order.fields["product"] as Scalar);
    if (product === undefined) continue;
    const effects = [{ set: "deliverable", to: true }];
    found.push({ ruleId: 1, factId: order.id, factIds: [order.id, customer.id, product.id], effects });
  }
  let ids = 0;
  for (const { factId, effects } of found) {
    ids += factId;
    for (const effect of effects) if (effect.to !== true) throw new Error("a field is not set");
  }
  return { results: found.length, ids };
}

/** Both in one process, in turn, after both have been compiled. */
function joinsWarm() {
  const workload = joins();
  const rounds: { engine: number; byHand: number }[] = [];
  const timed = (join: (workload: Workload) => { results: number }) => {
    globalThis.gc?.();
    const start = performance.now();
    expectResults(workload, join(workload).results);
    return (performance.now() - start) / 1000;
  };
  for (let round = 0; round < 20; round += 1) {
    const engine = timed(readAll);
    const byHand = timed(joinByHand);
    if (round >= 5) rounds.push({ engine, byHand });
  }
  return { rounds };
}

/** Evaluations one after the other, garbage collection included; the facts are the same objects each time. */
function sustained(seconds: number) {
  const workload = simple(1_000_000);
  let facts = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < seconds) {
    expectResults(workload, readAll(workload).results);
    facts += workload.facts.length;
    elapsed = (performance.now() - start) / 1000;
  }
  return { seconds: elapsed, factsPerSecond: facts / elapsed, peakRssBytes: peakRss() };
}

/** Engines in one and in two worker threads, each with facts of its own, for as long; in turn. */
async function workers(rounds: number) {
  const measured: { one: number; two: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [first, second] = round % 2 === 0 ? [1, 2] : [2, 1];
    const a = await throughput(first as number);
    const b = await throughput(second as number);
    measured.push(round % 2 === 0 ? { one: a, two: b } : { one: b, two: a });
  }
  return { rounds: measured };
}

/** Facts per second of all threads together. */
async function throughput(threads: number): Promise<number> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const running = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL("matcher-worker.ts", import.meta.url), { workerData: { gate, seconds: 3 } });
    const ready = Promise.withResolvers<void>();
    const done = Promise.withResolvers<{ facts: number; seconds: number }>();
    worker.on("message", (message) => {
      if (message === "ready") ready.resolve();
      else done.resolve(message);
    });
    worker.on("error", (error) => {
      ready.reject(error);
      done.reject(error);
    });
    return { worker, ready: ready.promise, done: done.promise };
  });
  await Promise.all(running.map(({ ready }) => ready));
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  const done = await Promise.all(running.map(({ done }) => done));
  await Promise.all(running.map(({ worker }) => worker.terminate()));
  return done.reduce((sum, { facts, seconds }) => sum + facts / seconds, 0);
}

/** Changes of one fact among many, each with its evaluation: 100 rules begin to hold and fire, then they cease to. */
function incremental(count: number) {
  const workload = enterprise(count);
  const engine = createEngine(workload.rules, { capacity: count });
  engine.addAll(workload.facts);
  expectResults(workload, read(engine.evaluate().results).results);
  const changes = 20_000;
  const micros: number[] = [];
  let results = 0;
  for (let i = 0; i < changes; i += 1) {
    // An even step makes a fact premium that was not, the odd step after it takes that back.
    const id = ((i >>> 1) * 7918 * 250 + 1 + 250 * (i >>> 1)) % count;
    const start = performance.now();
    engine.update(id, { tier: i % 2 === 0 ? "premium" : "standard" });
    results += read(engine.evaluate().results).results;
    micros.push((performance.now() - start) * 1000);
  }
  if (results !== (changes / 2) * 100) throw new Error(`${results} results of ${changes} changes`);
  const half = micros.slice(changes / 2);
  const mean = (of: number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const sorted = Float64Array.from(half).sort();
  return {
    meanMicros: mean(half),
    firingMeanMicros: mean(half.filter((_, i) => i % 2 === 0)),
    ceasingMeanMicros: mean(half.filter((_, i) => i % 2 === 1)),
    p99Micros: sorted[Math.floor(half.length * 0.99)],
  };
}

/** Memory of facts and matches, and what is left of it when all facts have gone. */
function retractAll(count: number) {
  // Code and feedback of the same work are there before the first look, so that only facts make the difference.
  cycle(20_000);
  const engine = createEngine(enterprise(1).rules);
  const before = memory();
  const held = cycle(count, engine);
  const after = memory();
  return { before, held, after, liveTokens: engine.stats().liveTokens, ratio: after / before };

  function cycle(count: number, engine = createEngine(enterprise(1).rules)): number {
    const workload = enterprise(count);
    engine.addAll(workload.facts);
    expectResults(workload, engine.evaluate().results.length);
    const held = memory();
    for (const { id } of workload.facts) engine.retract(id);
    return held;
  }
}

function memory(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Look-ups by id in an order that no cache foresees: the arena's index, and a map with the same content. */
function directIndex(count: number) {
  const direct = new IdIndex(count);
  const map = new Map<number, number>();
  const wanted = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    direct.set(i, i, count);
    map.set(i, i);
    wanted[i] = (i * 7919) % count;
  }
  const rounds: { direct: number; map: number }[] = [];
  for (let round = 0; round < 12; round += 1) {
    let sum = 0;
    const start = performance.now();
    for (let i = 0; i < count; i += 1) sum += direct.get(wanted[i] as number);
    const middle = performance.now();
    for (let i = 0; i < count; i += 1) sum -= map.get(wanted[i] as number) ?? 0;
    const end = performance.now();
    if (sum !== 0) throw new Error("the indexes differ");
    if (round >= 2) rounds.push({ direct: ((middle - start) * 1e6) / count, map: ((end - middle) * 1e6) / count });
  }
  return { rounds };
}

function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024;
}
