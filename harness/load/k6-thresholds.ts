import type { Budget, ScenarioPlan, StreamPlan } from "../plan/plan.ts";
import { scheduledEndpoints } from "../plan/scheduled.ts";

/**
 * Thresholds of a scenario; pure. The verdict is ours: they are here so that k6's summary holds every sub-metric with
 * exact percentiles (k6 keeps only what a threshold names), and so that a k6 user sees the budgets.
 */
export function thresholds(scenario: ScenarioPlan): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  const want = (metric: string, expressions: readonly string[]): void => {
    found[metric] = [...new Set([...(found[metric] ?? []), ...expressions])];
  };
  for (const [metric, always] of ALWAYS) want(metric, [always]);
  for (const endpoint of scenario.endpoints) {
    for (const phase of ["warmup", "measured"] as const) {
      for (const [metric, always] of COUNTS) want(`${metric}{name:${endpoint.name},phase:${phase}}`, [always]);
    }
    for (const metric of ["latency", "http_req_duration"]) {
      want(`${metric}{name:${endpoint.name},phase:measured}`, ["max>=0"]);
    }
    for (const budget of endpoint.budgets) wantBudget(want, budget, `name:${endpoint.name},phase:measured`);
  }
  for (const name of scheduledEndpoints(scenario)) want(`scheduled_latency{name:${name},phase:measured}`, ["max>=0"]);
  for (const budget of scenario.budgets) wantBudget(want, budget, "phase:measured");
  for (const stream of scenario.streams) {
    for (const name of [warmupName(stream), stream.name]) {
      want(`iterations{scenario:${name}}`, ["count>=0"]);
      want(`dropped_iterations{scenario:${name}}`, ["count>=0"]);
    }
  }
  return found;
}

/** Always true: they are there for the sub-metric. */
const COUNTS = [
  ["http_reqs", "count>=0"],
  ["http_req_failed", "rate>=0"],
  ["checks", "rate>=0"],
] as const;
const ALWAYS = [
  ["latency{phase:measured}", "max>=0"],
  ["http_reqs{phase:warmup}", "count>=0"],
  ["http_reqs{phase:measured}", "count>=0"],
  ["http_req_failed{phase:measured}", "rate>=0"],
  ["start_lag{phase:measured}", "max>=0"],
  ["canary_latency{phase:measured}", "max>=0"],
  ["dropped_iterations{scenario:canary}", "count>=0"],
] as const;

/** The thresholds of a user's own script: those that need no endpoint names. */
export function commonThresholds(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(ALWAYS.map(([metric, always]) => [metric, [always]]));
}

const K6_STATISTIC = {
  p50: "med",
  p75: "p(75)",
  p90: "p(90)",
  p95: "p(95)",
  p99: "p(99)",
  mean: "avg",
  min: "min",
  max: "max",
} as const;

/** Budgets that k6 can watch itself. Those bound to other hardware are left out: crossing them says nothing here. */
function wantBudget(
  want: (metric: string, expressions: readonly string[]) => void,
  budget: Budget,
  tags: string,
): void {
  if (budget.boundTo !== undefined) return;
  const { metric, statistic, direction, max } = budget;
  if (metric === "error_rate") want(`http_req_failed{${tags}}`, [`rate${direction}${max}`]);
  if (metric !== "latency" && metric !== "scheduled_latency" && metric !== "ttft" && metric !== "job_duration") return;
  if (!(statistic in K6_STATISTIC)) return;
  want(`${metric}{${tags}}`, [`${K6_STATISTIC[statistic as keyof typeof K6_STATISTIC]}${direction}${max}`]);
}

export function warmupName(stream: Pick<StreamPlan, "name">): string {
  return `${stream.name}_warmup`;
}
