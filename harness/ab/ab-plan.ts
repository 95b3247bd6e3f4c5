import type { AbDesign, FigureKey, Pair } from "../collect/ab-record.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import type { AbRules } from "../verdict/ab/ab-verdict.ts";

/** What an A/B comparison is going to do; plan.json of its folder. */
export interface AbPlan extends Pick<Plan, "runId" | "createdAt" | "allow" | "hardware" | "service"> {
  readonly schema: "proofload/ab-plan/1";
  /** Of the sides that are started here; an address runs where it runs. */
  readonly environment: { readonly kind: "embedded" | "containers" };
  /** As the user gave them: git refs, images, addresses. */
  readonly given: Pair<string>;
  readonly design: AbDesign;
  readonly scenario: ScenarioPlan;
  /** Of every random order in this comparison. */
  readonly seed: number;
  /** Before the first start: how many starts there are at most is the plan of the sequential test. */
  readonly rules: AbRules;
  /** No start begins that would not be over by then. */
  readonly mostMinutes: number;
  /** Of each start; longer where the rate is so low that a median needs it. */
  readonly measureSeconds: number;
  /** The figures that decide. */
  readonly gated: readonly FigureKey[];
}
