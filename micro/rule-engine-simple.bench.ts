/** One rule on a million facts, a quarter of which meet it. */
import type { Benches } from "../harness/micro/bench.ts";
import { simple } from "../targets/rule-engine/src/workloads.ts";
import { evaluation } from "./lib/answers.ts";

const MILLION = 1_000_000;

export default function benches(): Benches {
  return { "simple-1M": evaluation(() => simple(MILLION), MILLION) };
}
