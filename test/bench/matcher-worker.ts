/** One engine of `bench:matcher`'s comparison of one and two threads: evaluates its own facts from when the gate opens. */
import { parentPort, workerData } from "node:worker_threads";
import { evaluate } from "../../targets/rule-engine/src/engine.ts";
import { simple } from "../../targets/rule-engine/src/workloads.ts";

const { gate, seconds } = workerData as { gate: Int32Array; seconds: number };
const workload = simple(200_000);
for (let i = 0; i < 5; i += 1) once();
parentPort?.postMessage("ready");
Atomics.wait(gate, 0, 0);
let facts = 0;
let elapsed = 0;
const start = performance.now();
while (elapsed < seconds) {
  once();
  facts += workload.facts.length;
  elapsed = (performance.now() - start) / 1000;
}
parentPort?.postMessage({ facts, seconds: elapsed });

function once(): void {
  let results = 0;
  let ids = 0;
  for (const { factId } of evaluate(workload.rules, workload.facts).results) {
    results += 1;
    ids += factId ?? 0;
  }
  if (results !== workload.results || ids < 0) throw new Error(`${results} results for ${workload.results}`);
}
