/** 400 rules on a million facts. */
import type { Benches } from "../harness/micro/bench.ts";
import { enterprise } from "../targets/rule-engine/src/workloads.ts";
import { evaluation } from "./lib/answers.ts";

const MILLION = 1_000_000;

export default function benches(): Benches {
  return { "enterprise-1M": evaluation(() => enterprise(MILLION), MILLION) };
}
