/** 100,000 orders, 10,000 customers and 1,000 products joined: the engine, and a join written for this one question. */
import type { Benches } from "../harness/micro/bench.ts";
import { joins } from "../targets/rule-engine/src/workloads.ts";
import { answered, expectResults, lazy } from "./lib/answers.ts";
import { joinByHand } from "./lib/join-by-hand.ts";

export default function benches(): Benches {
  const workload = lazy(() => joins());
  return {
    engine: { run: () => answered(workload()), single: true },
    "by-hand": {
      single: true,
      run: () => {
        const answer = joinByHand(workload());
        expectResults(workload(), answer.results);
        return answer;
      },
    },
  };
}
