/**
 * One measurement of `bench:matcher` in a process of its own: `node … matcher-case.ts <name> [count]` prints one line of
 * JSON. Facts exist before the clock starts; it stops when the last result has been read.
 */
import { Engine as JsonRulesEngine } from "json-rules-engine";
import { answered, expectResults } from "../../micro/lib/answers.ts";
import { joinByHand } from "../../micro/lib/join-by-hand.ts";
import type { Scalar } from "../../targets/rule-engine/src/rule.ts";
import { enterprise, joins, payroll, simple, type Workload } from "../../targets/rule-engine/src/workloads.ts";

const cases: Readonly<Record<string, (count: number) => unknown>> = {
  simple: (count) => once(simple(count)),
  payroll: (count) => once(payroll(count)),
  enterprise: (count) => once(enterprise(count)),
  "json-rules-engine": jsonRulesEngine,
  joins: () => joinsOnce(answered),
  "joins-by-hand": () => joinsOnce(joinByHand),
};

const [name = "", count = "1000000"] = process.argv.slice(2);
const run = cases[name];
if (run === undefined) throw new Error(`no case ${JSON.stringify(name)}: one of ${Object.keys(cases).join(", ")}`);
process.stdout.write(`${JSON.stringify(await run(Number(count)))}\n`);

function once(workload: Workload) {
  globalThis.gc?.();
  const start = performance.now();
  const { results, ids } = answered(workload);
  const seconds = (performance.now() - start) / 1000;
  expectResults(workload, results);
  return { seconds, results, ids, facts: workload.facts.length, peakRssBytes: peakRss() };
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

function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024;
}
