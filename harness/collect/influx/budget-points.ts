import type { Budget, ScenarioPlan } from "../../plan/plan.ts";
import type { Point } from "./point.ts";
import type { Tags } from "./routes.ts";
import { safeTag } from "./safe-tag.ts";

/** Seconds of load between two points of a limit. */
export const BUDGET_STEP = 10;

export interface BudgetLimit {
  readonly tags: Tags;
  readonly limit: number;
}

/** The limits of a plan by what they are on; where there are several on the same, the one that is hardest to hold. */
export function budgetLimits(plan: ScenarioPlan, common: Tags): BudgetLimit[] {
  const limits = new Map<string, BudgetLimit & { readonly direction: Budget["direction"] }>();
  const add = (budget: Budget, endpoint?: string) => {
    if (!Number.isFinite(budget.max)) return;
    const tags = {
      ...common,
      ...(endpoint === undefined ? {} : { endpoint: safeTag(endpoint) }),
      ...subjectOf(budget),
    };
    const key = JSON.stringify(tags);
    const held = limits.get(key);
    const isHarder = budget.direction === "<" ? budget.max < (held?.limit ?? 0) : budget.max > (held?.limit ?? 0);
    if (held === undefined || isHarder) limits.set(key, { tags, limit: budget.max, direction: budget.direction });
  };
  for (const endpoint of plan.endpoints) for (const budget of endpoint.budgets) add(budget, endpoint.name);
  for (const budget of plan.budgets) add(budget);
  return [...limits.values()];
}

/** One point for each limit at a second of load. */
export function budgetPoints(limits: readonly BudgetLimit[], second: number, zero: number): Point[] {
  const relative = second * 1000;
  return limits.map(({ tags, limit }) => {
    return { measurement: "budgets", tags, fields: { limit, rel_ms: relative }, time: zero + relative };
  });
}

/** A threshold of an unchanged script says itself what it is on: `http_req_duration{name:login}: p(95)<500`. */
function subjectOf({ metric, statistic, text }: Budget): Tags {
  const threshold = metric === "k6_threshold" ? /^(.*): \s*([a-z]+(?:\([^)]*\))?)\s*[<>=!]/s.exec(text) : null;
  if (threshold === null) return { metric, statistic };
  return { metric: safeTag(threshold[1] ?? ""), statistic: (threshold[2] ?? "").replace(/[()\s]/g, "") };
}
