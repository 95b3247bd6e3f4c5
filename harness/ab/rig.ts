import type { Guardian } from "../environment/guardian.ts";
import type { Host } from "../host.ts";
import type { Canary } from "../load/canary.ts";
import type { K6 } from "../load/k6-binary.ts";
import type { AbPlan } from "./ab-plan.ts";
import type { Stacks } from "./open-stacks.ts";

/** Everything that a start needs and that stays from one to the next. */
export interface Rig {
  readonly plan: AbPlan;
  readonly stacks: Stacks;
  readonly bundle: { readonly file: string; readonly hash: string };
  readonly k6: K6;
  readonly canary: Canary;
  readonly guardian: Guardian;
  readonly host: Host;
  /** Of the comparison; absolute. */
  readonly directory: string;
}
