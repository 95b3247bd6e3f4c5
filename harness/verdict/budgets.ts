import { quantileBounds } from "../collect/histogram.ts";
import type { EndpointRecord, HistogramRecord, LatencySummary, ScenarioRecord } from "../collect/record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import { METRICS, MINIMUM_SAMPLES, type Statistic } from "../plan/metrics.ts";
import type { Budget, ScenarioPlan } from "../plan/plan.ts";
import { isStress, LIMITS_OF_STRESS } from "../plan/stress.ts";
import { type Ground, lackingHardware } from "./lacking-hardware.ts";
import { slopeFigure } from "./slope.ts";
import { judgeStress, stressFigure } from "./stress.ts";
import { measuredText } from "./text.ts";
import type { BudgetVerdict, Measured } from "./verdict.ts";

/** A figure with the number of samples behind it; `undefined` where nothing was measured. */
export interface Figure {
  readonly measured: Measured | undefined;
  readonly count: number;
  readonly because?: string;
  /** As in BudgetVerdict. */
  readonly slowest?: number;
  /** What the figure is made of; said where it does not hold. */
  readonly evidence?: string;
}

const QUANTILES: Readonly<Partial<Record<Statistic, number>>> = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 };

const NOTHING: Figure = { measured: undefined, count: 0 };

/** Judges every budget of the plan against what was measured. */
export function judgeBudgets(plan: ScenarioPlan, record: ScenarioRecord, machine: MachineFacts): BudgetVerdict[] {
  const ground = { machine, layout: record.environment.layout };
  const ofEndpoints = plan.endpoints.flatMap((endpoint) =>
    endpoint.budgets
      .filter(({ metric }) => isJudged(metric, plan))
      .map((budget) => {
        const subject = { kind: "endpoint", name: endpoint.name } as const;
        return judgeFigure(subject, budget, endpointFigure(endpoint.name, budget, record), ground);
      }),
  );
  // What only a search for it can find is neither met nor missed by a run.
  const ofScenario = plan.budgets
    .filter(({ metric }) => metric !== "capacity" && isJudged(metric, plan))
    .map((budget) =>
      judgeFigure({ kind: "scenario", name: plan.name }, budget, wholeFigure(budget, plan, record, machine), ground),
    );
  return [...ofEndpoints, ...ofScenario];
}

/** Under stress, limits on what a client sees say when the service is broken; it is expected to break. */
function isJudged(metric: Budget["metric"], plan: ScenarioPlan): boolean {
  return !isStress(plan) || !LIMITS_OF_STRESS.has(metric);
}

function wholeFigure(budget: Budget, plan: ScenarioPlan, record: ScenarioRecord, machine: MachineFacts): Figure {
  if (budget.statistic === "slope") return slopeFigure(budget, record, plan.budgets);
  return budget.metric === "breaking_point" || budget.metric === "recovery_time"
    ? stressFigure(budget.metric, judgeStress(plan, record, machine))
    : scenarioFigure(budget, record);
}

/** One limit against one figure. */
export function judgeFigure(
  subject: BudgetVerdict["subject"],
  budget: Budget,
  { measured, count, because, slowest, evidence }: Figure,
  ground: Ground,
): BudgetVerdict {
  const verdict = (kind: BudgetVerdict["kind"], reason?: string): BudgetVerdict => ({
    subject,
    budget,
    kind,
    measured,
    count,
    margin: measured === undefined ? undefined : marginOf(measured, budget),
    ...(slowest === undefined ? {} : { slowest }),
    ...(reason === undefined ? {} : { because: reason }),
  });
  if (measured === undefined) {
    return verdict("INCONCLUSIVE", because ?? "nothing was measured");
  }
  const lacking = lackingHardware(budget.boundTo, ground);
  if (lacking !== undefined) {
    return verdict("NOT_COMPARABLE", lacking);
  }
  // Scenario-wide measures come from the service's own counters, which saw everything there was; of a micro-benchmark
  // only times are samples.
  const { scope } = METRICS[budget.metric];
  const isWhole = scope === "scenario" || (scope === "micro" && budget.metric !== "time");
  const usual = isWhole ? 1 : (MINIMUM_SAMPLES[budget.statistic] ?? 1);
  const needed = budget.minimumSamples ?? usual;
  if (count < needed) {
    return verdict("INCONCLUSIVE", `${count} samples, and ${budget.statistic} needs at least ${needed}`);
  }
  const [best, worst] = edges(measured, budget);
  if (!holds(best, budget.max, budget)) {
    return verdict("FAIL", evidence);
  }
  if (!holds(worst, budget.max, budget)) {
    return verdict(
      "INCONCLUSIVE",
      because ??
        `the limit lies inside what was measured: ${measuredText(measured, budget.unit)}${evidence === undefined ? "" : ` (${evidence})`}`,
    );
  }
  return holds(worst, budget.target, budget) ? verdict("PASS") : verdict("WARN", evidence);
}

/** The kindest and the harshest reading of what was measured. */
function edges(measured: Measured, budget: Budget): readonly [number, number] {
  if ("value" in measured) {
    return [measured.value, measured.value];
  }
  return budget.direction === "<" ? [measured.lower, measured.upper] : [measured.upper, measured.lower];
}

/** NaN holds nothing: a figure that is no number must not pass. */
function holds(value: number, limit: number, budget: Budget): boolean {
  if (budget.inclusive === true && value === limit) {
    return true;
  }
  return budget.direction === "<" ? value < limit : value > limit;
}

function marginOf(measured: Measured, budget: Budget): number | undefined {
  const [, worst] = edges(measured, budget);
  if (budget.max === 0) {
    return undefined;
  }
  const room = budget.direction === "<" ? budget.max - worst : worst - budget.max;
  return room / budget.max;
}

/** What a budget is about, without its limits. */
type Measurable = Pick<Budget, "metric" | "statistic" | "text">;

export function endpointFigure(name: string, budget: Measurable, record: ScenarioRecord): Figure {
  const endpoint = record.endpoints.find((entry) => entry.endpoint === name && entry.phase === "measured");
  switch (budget.metric) {
    case "latency":
      return endpoint === undefined ? NOTHING : latencyFigure(budget.statistic, endpoint);
    case "error_rate":
      return endpoint === undefined ? NOTHING : errorFigure([endpoint], endpoint.dropped);
    case "request_rate":
      return endpoint === undefined ? NOTHING : rateFigure(endpoint.requests - endpoint.failed, record.measuredSeconds);
    case "scheduled_latency": {
      const exact = measureFigure(budget, record, name);
      return exact.measured !== undefined || endpoint === undefined || endpoint.dropped === 0
        ? exact
        : unscheduledFigure(budget.statistic, endpoint);
    }
    default:
      return measureFigure(budget, record, name);
  }
}

/** After the first drop nobody knows when an iteration should have started: it took as long as its request at least. */
function unscheduledFigure(statistic: Statistic, endpoint: EndpointRecord): Figure {
  const { measured, count, slowest } = latencyFigure(statistic, endpoint);
  const lower = measured === undefined ? 0 : "value" in measured ? measured.value : measured.lower;
  return {
    measured: { lower, upper: Number.POSITIVE_INFINITY },
    count,
    ...(slowest === undefined ? {} : { slowest }),
    because: "iterations were dropped, and from the first on their intended starts are not known",
  };
}

export function scenarioFigure(budget: Measurable, record: ScenarioRecord): Figure {
  if (budget.statistic === "slope") return slopeFigure(budget, record, []);
  const measured = record.endpoints.filter((endpoint) => endpoint.phase === "measured");
  const dropped = totalDropped(record);
  switch (budget.metric) {
    case "latency":
      return record.latency === undefined ? NOTHING : latencyFigure(budget.statistic, { ...record.latency, dropped });
    case "error_rate":
      return errorFigure(measured, dropped);
    case "request_rate":
      return rateFigure(
        measured.reduce((total, endpoint) => total + endpoint.requests - endpoint.failed, 0),
        record.measuredSeconds,
      );
    case "dropped_iterations":
      return {
        measured: { value: dropped },
        count: record.iterations.reduce((sum, stream) => sum + stream.completed, 0),
      };
    case "k6_threshold":
      return measureFigure(budget, record, budget.text);
    default:
      return measureFigure(budget, record, undefined);
  }
}

export function totalDropped(record: ScenarioRecord): number {
  return record.iterations.reduce((total, stream) => total + stream.dropped, 0);
}

/**
 * Latency of successful requests, where each dropped iteration counts as +∞ (design decision 9). With d drops among
 * n + d, the q-quantile of all is the q(n + d)/n-quantile of the successful ones, or beyond every bound.
 */
function latencyFigure(
  statistic: Statistic,
  of: { latency?: LatencySummary; histogram?: HistogramRecord; dropped: number; source?: EndpointRecord["source"] },
): Figure {
  const { latency, histogram, dropped } = of;
  if (latency === undefined) {
    return { measured: undefined, count: dropped, because: "no request succeeded" };
  }
  const count = latency.count + dropped;
  const known = latency[statistic as keyof LatencySummary];
  const quantile = QUANTILES[statistic];
  const isExact = quantile === undefined || of.source !== "histogram";
  // An answer that never came is never the fastest one.
  if ((dropped === 0 || statistic === "min") && isExact && known !== undefined) {
    return { measured: { value: known }, count };
  }
  const because = dropped === 0 ? {} : { because: `${dropped} dropped iterations count as answers that never came` };
  if (quantile === undefined) {
    // A mean or a maximum over answers that never came has no upper end.
    return { measured: { lower: known ?? Number.NaN, upper: Number.POSITIVE_INFINITY }, count, ...because };
  }
  const rank = (quantile * count) / latency.count;
  if (rank >= 1) {
    const endless = { lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
    return { measured: endless, count, slowest: latency.max, ...because };
  }
  const bounds = histogram === undefined ? undefined : quantileBounds(histogram, rank);
  return { measured: bounds ?? { lower: 0, upper: Number.POSITIVE_INFINITY }, count, ...because };
}

function errorFigure(endpoints: readonly EndpointRecord[], dropped: number): Figure {
  const requests = endpoints.reduce((total, endpoint) => total + endpoint.requests, 0) + dropped;
  const failed = endpoints.reduce((total, endpoint) => total + endpoint.failed, 0) + dropped;
  return { measured: requests === 0 ? undefined : { value: failed / requests }, count: requests };
}

function rateFigure(succeeded: number, seconds: number): Figure {
  return { measured: seconds > 0 ? { value: succeeded / seconds } : undefined, count: succeeded };
}

function measureFigure(budget: Measurable, record: ScenarioRecord, endpoint: string | undefined): Figure {
  const measure = record.measures.find(
    (entry) => entry.metric === budget.metric && entry.statistic === budget.statistic && entry.endpoint === endpoint,
  );
  if (measure === undefined) {
    return { measured: undefined, count: 0, because: `${budget.metric} was not measured in this environment` };
  }
  const { value, range, count, evidence } = measure;
  return { measured: range ?? { value }, count, ...(evidence === undefined ? {} : { evidence }) };
}
