/** One fact of a million changes, with 400 rules: what changed is matched again; and all from nothing. */
import type { Benches } from "../harness/micro/bench.ts";
import { createEngine } from "../targets/rule-engine/src/engine.ts";
import { enterprise } from "../targets/rule-engine/src/workloads.ts";
import { answered, expectResults, lazy, read } from "./lib/answers.ts";

const MILLION = 1_000_000;
/** Rules that begin to hold for a fact that becomes premium. */
const FIRED = 100;

export default function benches(): Benches {
  const workload = lazy(() => enterprise(MILLION));
  const change = lazy(changes);
  return {
    change: () => change()(),
    anew: { run: () => answered(workload()), single: true },
  };

  /** By turns a fact becomes premium that was not, and 100 rules fire; and ceases to be, and none does. */
  function changes(): () => number {
    const engine = createEngine(workload().rules, { capacity: MILLION });
    engine.addAll(workload().facts);
    expectResults(workload(), read(engine.evaluate().results).results);
    let step = 0;
    return () => {
      const pair = step >>> 1;
      const rises = step % 2 === 0;
      step += 1;
      // 1 modulo 250 is no premium fact; the factor spreads the facts over all pages.
      engine.update((250 * ((pair * 7919) % 4000) + 1) % MILLION, { tier: rises ? "premium" : "standard" });
      const { results } = read(engine.evaluate().results);
      if (results !== (rises ? FIRED : 0)) throw new Error(`step ${step}: ${results} results`);
      return results;
    };
  }
}
