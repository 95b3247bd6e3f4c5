import type { ScenarioRecord } from "../collect/record.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { median } from "./stats/moments.ts";

/** Windows with fewer requests say too little about a median. */
const FEWEST_REQUESTS = 5;
const FEWEST_WINDOWS = 12;
/** The start may be this much slower than the rest before the warm-up counts as too short. */
const FACTOR = 2;
/** … and by this share of the budget: 0.4 ms against 0.1 ms says nothing where 100 ms are allowed. */
const SHARE_OF_BUDGET = 0.1;

/**
 * Endpoints whose first quarter was still much slower than their second half: the warm-up was too short, so their
 * percentiles describe neither the start nor the steady state. The run is not cut (design decision 5).
 */
export function notSteady(plan: ScenarioPlan, record: ScenarioRecord): string[] {
  return plan.endpoints
    .filter((endpoint) => {
      const limits = endpoint.budgets.filter((budget) => budget.metric === "latency").map((budget) => budget.max);
      const medians = record.series
        .filter((window) => window.endpoint === endpoint.name && window.phase === "measured")
        .filter((window) => window.requests - window.failed >= FEWEST_REQUESTS)
        .sort((a, b) => a.second - b.second)
        .flatMap((window) => (window.p50 === undefined ? [] : [window.p50]));
      if (medians.length < FEWEST_WINDOWS) return false;
      const start = median(medians.slice(0, Math.floor(medians.length / 4)));
      const rest = median(medians.slice(Math.floor(medians.length / 2)));
      // Without a limit none is so slow: the least of nothing is infinite.
      return start > rest * FACTOR && start - rest > SHARE_OF_BUDGET * Math.min(...limits);
    })
    .map((endpoint) => endpoint.name);
}
