/**
 * What one engine sustains: twenty evaluations of a million facts, and then a full collection, so that every operation pays
 * for its own garbage. All rounds together last ten seconds and more.
 */
import type { Benches } from "../harness/micro/bench.ts";
import { simple } from "../targets/rule-engine/src/workloads.ts";
import { answered, lazy } from "./lib/answers.ts";

const MILLION = 1_000_000;
const EVALUATIONS = 20;

export default function benches(): Benches {
  const workload = lazy(() => simple(MILLION));
  return {
    sustained: {
      items: EVALUATIONS * MILLION,
      single: true,
      run: () => {
        let ids = 0;
        for (let i = 0; i < EVALUATIONS; i += 1) ids += answered(workload()).ids;
        if (globalThis.gc === undefined) throw new Error("garbage cannot be counted without --expose-gc");
        globalThis.gc();
        return ids;
      },
    },
  };
}
