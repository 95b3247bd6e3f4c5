import type { AbDesign, FigureKey, Pair } from "../collect/ab-record.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";

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
  readonly mostStarts: number;
  /** No start begins that would not be over by then. */
  readonly mostMinutes: number;
  /** Of each start; longer where the rate is so low that a median needs it. */
  readonly measureSeconds: number;
  /** Smallest change that matters: 0.03 is 3 %. */
  readonly margin: number;
  /** The figures that decide. */
  readonly gated: readonly FigureKey[];
}
