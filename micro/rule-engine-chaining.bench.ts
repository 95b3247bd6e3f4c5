/** Rules that set one another off: each of 100,000 facts goes through three states, and every step is a firing. */
import type { Benches } from "../harness/micro/bench.ts";
import type { Rule } from "../targets/rule-engine/src/rule.ts";
import { answered, lazy } from "./lib/answers.ts";

const FACTS = 100_000;
const STATES = ["new", "checked", "paid", "sent"];

export default function benches(): Benches {
  const firings = FACTS * (STATES.length - 1);
  const workload = lazy(() => ({
    name: "chaining",
    rules: STATES.slice(1).map(
      (next, id): Rule => ({
        id,
        name: `becomes ${next}`,
        when: { field: "state", operator: "=", value: STATES[id] ?? "" },
        then: [{ set: "state", to: { value: next } }],
      }),
    ),
    facts: Array.from({ length: FACTS }, (_, id) => ({ id, fields: { state: "new" } })),
    results: firings,
  }));
  return { fired: { run: () => answered(workload()), items: firings, single: true } };
}
