/** The same rule on more and more facts: 100,000 of them are the original's own set, where every third meets the rule. */
import type { Bench } from "../harness/micro/bench.ts";
import { simple } from "../targets/rule-engine/src/workloads.ts";
import { evaluation } from "./lib/answers.ts";

export function sweep(facts: number): Bench {
  return evaluation(() => simple(facts, facts === 100_000 ? 3 : 4), facts);
}
