/** How the rule engine's answers are read and checked: a wrong number of results is an error, never a figure. */
import type { Bench } from "../../harness/micro/bench.ts";
import { evaluate, type Firing } from "../../targets/rule-engine/src/engine.ts";
import type { Workload } from "../../targets/rule-engine/src/workloads.ts";

/**
 * From facts as objects to the last result that has been read, ingestion included.
 * @throws Error for a wrong number of results
 */
export function answered(workload: Workload): { results: number; ids: number } {
  const answer = read(evaluate(workload.rules, workload.facts).results);
  expectResults(workload, answer.results);
  return answer;
}

/** Every result on its own: ids summed, every set field touched. */
export function read(firings: Iterable<Firing>): { results: number; ids: number } {
  let results = 0;
  let ids = 0;
  for (const { factId, effects } of firings) {
    results += 1;
    ids += factId ?? 0;
    for (const effect of effects)
      if (!("set" in effect) || effect.to === undefined) throw new Error("a field is not set");
  }
  return { results, ids };
}

export function expectResults(workload: Workload, results: number): void {
  if (results !== workload.results) throw new Error(`${workload.name}: ${results} results for ${workload.results}`);
}

/** One evaluation from nothing. The facts are made by the first call: a process that only lists benches needs none. */
export function evaluation(make: () => Workload, items: number): Bench {
  const workload = lazy(make);
  const { gc } = globalThis;
  return {
    items,
    single: true,
    run: () => {
      const answer = answered(workload());
      // Inside of what is timed. A column that nobody reads any more is given back here, or the peak of the process
      // would be that of several evaluations.
      gc?.({ type: "minor" });
      return answer;
    },
  };
}

export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
