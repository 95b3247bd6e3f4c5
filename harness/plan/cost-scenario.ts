import { COST_METRICS } from "./metrics.ts";
import type { Budget, ScenarioPlan, StreamPlan } from "./plan.ts";

/** Requests are counted in two rounds, and both must come to the same. */
export const ROUNDS = 2;

/** Whether a scenario counts what requests cost, one at a time, instead of driving load. */
export function countsCost({ streams }: { readonly streams: readonly Pick<StreamPlan, "measured">[] }): boolean {
  return streams.some(({ measured }) => measured.model === "one-at-a-time");
}

/**
 * The budgets of an endpoint that such a scenario can judge. The same endpoint is asked under load elsewhere, and there
 * the others hold: latency of requests that come alone says nothing, and nor do costs of those that come together.
 */
export function judgedHere<Of extends Pick<Budget, "metric">>(budgets: readonly Of[], costs: boolean): readonly Of[] {
  return budgets.filter(({ metric }) => metric === "error_rate" || COST_METRICS.includes(metric) === costs);
}

/** How many requests of each endpoint are counted in one of the two rounds, and for how long at most. */
export function countingOf({ streams }: Pick<ScenarioPlan, "streams">): {
  readonly requests: number;
  readonly atMostSeconds: number;
} {
  const loads = streams.flatMap(({ measured }) => (measured.model === "one-at-a-time" ? [measured] : []));
  return {
    requests: Math.max(0, ...loads.map(({ requests }) => requests)),
    atMostSeconds: Math.max(0, ...loads.map(({ atMostSeconds }) => atMostSeconds)),
  };
}
