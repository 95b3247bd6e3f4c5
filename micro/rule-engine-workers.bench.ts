/** The same evaluations in one worker thread, and in two at once: engines share nothing. */
import { Worker } from "node:worker_threads";
import type { Benches } from "../harness/micro/bench.ts";
import { lazy } from "./lib/answers.ts";

const FACTS = 200_000;
/** For one message, so that waiting for the slower of two threads is small beside the work. */
const EVALUATIONS = 10;

export default function benches(): Benches {
  const first = lazy(startWorker);
  const second = lazy(startWorker);
  return {
    one: { run: () => first()(), items: EVALUATIONS * FACTS, single: true },
    two: { run: () => Promise.all([first()(), second()()]), items: 2 * EVALUATIONS * FACTS, single: true },
  };
}

/** Gives what asks it for evaluations, one after the other. */
function startWorker(): () => Promise<number> {
  const worker = new Worker(new URL("lib/engine-worker.ts", import.meta.url), { workerData: { facts: FACTS } });
  let answer = Promise.withResolvers<number>();
  worker.on("message", (results: number) => answer.resolve(results));
  worker.on("error", (error) => answer.reject(error));
  return () => {
    answer = Promise.withResolvers<number>();
    worker.postMessage(EVALUATIONS);
    return answer.promise;
  };
}
