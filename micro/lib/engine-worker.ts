/** A worker thread with facts of its own: for each message so many evaluations, and then the number of their results. */
import { parentPort, workerData } from "node:worker_threads";
import { simple } from "../../targets/rule-engine/src/workloads.ts";
import { answered } from "./answers.ts";

const { facts } = workerData as { facts: number };
const workload = simple(facts);
parentPort?.on("message", (evaluations: number) => {
  let results = 0;
  for (let i = 0; i < evaluations; i += 1) results += answered(workload).results;
  parentPort?.postMessage(results);
});
