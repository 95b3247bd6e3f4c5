/** A worker thread with facts of its own: for each message it evaluates while the shared counter says that something is left. */
import { parentPort, workerData } from "node:worker_threads";
import { simple } from "../../targets/rule-engine/src/workloads.ts";
import { answered } from "./answers.ts";

const { facts } = workerData as { facts: number };
const workload = simple(facts);
parentPort?.on("message", (left: Int32Array) => {
  let results = 0;
  while (Atomics.sub(left, 0, 1) > 0) results += answered(workload).results;
  parentPort?.postMessage(results);
});
