/** A worker thread with facts of its own: for each message one evaluation, and the number of its results. */
import { parentPort, workerData } from "node:worker_threads";
import { simple } from "../../targets/rule-engine/src/workloads.ts";
import { answered } from "./answers.ts";

const { facts } = workerData as { facts: number };
const workload = simple(facts);
parentPort?.on("message", () => parentPort?.postMessage(answered(workload).results));
