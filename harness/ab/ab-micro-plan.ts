import type { FigureKey, Pair } from "../collect/ab-record.ts";
import type { MicroPlan, MicroTiming } from "../plan/plan.ts";
import type { AbRules } from "../verdict/ab/ab-verdict.ts";

/** What an A/B comparison of a micro-benchmark is going to do; plan.json of its folder. */
export interface AbMicroPlan {
  readonly schema: "proofload/ab-micro-plan/1";
  readonly runId: string;
  readonly createdAt: string;
  /** As the user gave them: git refs. */
  readonly given: Pair<string>;
  readonly subject: MicroPlan;
  /** Of the order of the sides in every start. */
  readonly seed: number;
  /** No start begins that would not be over by then. */
  readonly mostMinutes: number;
  readonly rules: AbRules;
}

/** Of one process. The evidence is many short processes, since a Node process is itself a random effect. */
export const AB_TIMING: MicroTiming = { warmupMs: 150, rounds: 8, roundMs: 50, heapRepeats: 13 };

/** More figures that decide take away from each other's evidence. */
const MOST_GATED = 6;

/** Mean time of each bench decides, of the first six; bytes and medians are shown. */
export function microGate(benches: readonly string[]): FigureKey[] {
  return benches
    .slice(0, MOST_GATED)
    .map((name) => ({ subject: { kind: "bench", name }, metric: "time", statistic: "mean" }));
}
