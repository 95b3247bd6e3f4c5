/** The same evaluations in one worker thread, and in two at once: engines share nothing. */
import { Worker } from "node:worker_threads";
import type { Benches } from "../harness/micro/bench.ts";
import { lazy } from "./lib/answers.ts";

const FACTS = 200_000;
/** For each thread. */
const EVALUATIONS = 40;

export default function benches(): Benches {
  const first = lazy(startWorker);
  const second = lazy(startWorker);
  return {
    one: { run: () => share(EVALUATIONS, [first()]), items: EVALUATIONS * FACTS, single: true },
    two: { run: () => share(2 * EVALUATIONS, [first(), second()]), items: 2 * EVALUATIONS * FACTS, single: true },
  };
}

/** Threads take evaluations from one counter, so that none waits for a slower one but at the very end. */
function share(evaluations: number, workers: readonly EngineWorker[]): Promise<unknown> {
  const left = new Int32Array(new SharedArrayBuffer(4)).fill(evaluations);
  return Promise.all(workers.map((worker) => worker(left)));
}

/** Evaluates while something is left; gives the number of results. */
type EngineWorker = (left: Int32Array) => Promise<number>;

function startWorker(): EngineWorker {
  const worker = new Worker(new URL("lib/engine-worker.ts", import.meta.url), { workerData: { facts: FACTS } });
  let answer = Promise.withResolvers<number>();
  worker.on("message", (results: number) => answer.resolve(results));
  worker.on("error", (error) => answer.reject(error));
  return (left) => {
    answer = Promise.withResolvers<number>();
    worker.postMessage(left);
    return answer.promise;
  };
}
