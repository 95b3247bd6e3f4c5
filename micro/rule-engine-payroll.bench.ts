/** Four rules on a million facts, one of which every fact meets. */
import type { Benches } from "../harness/micro/bench.ts";
import { payroll } from "../targets/rule-engine/src/workloads.ts";
import { evaluation } from "./lib/answers.ts";

const MILLION = 1_000_000;

export default function benches(): Benches {
  return { "payroll-1M": evaluation(() => payroll(MILLION), MILLION) };
}
