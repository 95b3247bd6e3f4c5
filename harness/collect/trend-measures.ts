import type { MetricName, Statistic } from "../plan/metrics.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import type { Aggregate } from "./aggregate.ts";
import { mergeHistograms } from "./histogram.ts";
import type { K6Summary } from "./k6-summary.ts";
import { latencyOfHistogram } from "./latency-summary.ts";
import type { LatencySummary, Measure } from "./record.ts";

/** Durations that scripts measure beside the latency of requests. */
const TRENDS = ["ttft", "job_duration", "scheduled_latency"] as const satisfies readonly MetricName[];

/** Their statistics in the measured phase, for each endpoint and for the scenario; exact where k6's summary has them. */
export function trendMeasures(plan: ScenarioPlan, summary: K6Summary | undefined, log: Aggregate): Measure[] {
  return TRENDS.flatMap((metric) => {
    const measured = log.trends.filter(
      (trend) =>
        trend.metric === metric &&
        trend.phase === "measured" &&
        !(metric === "scheduled_latency" && isUnscheduled(trend.endpoint, plan, log)),
    );
    if (measured.length === 0) return [];
    const whole = mergeHistograms(measured.map((trend) => trend.histogram));
    const exact = (tags: Readonly<Record<string, string>>) =>
      plan.kind === "proofload" ? summary?.trend(metric, { ...tags, phase: "measured" }) : undefined;
    return [
      // Of several endpoints together nobody promises anything about intended starts.
      ...(metric === "scheduled_latency" ? [] : statistics(metric, preferExact(exact({}), latencyOfHistogram(whole)))),
      ...measured.flatMap(({ endpoint, histogram }) =>
        endpoint === undefined
          ? []
          : statistics(metric, preferExact(exact({ name: endpoint }), latencyOfHistogram(histogram)), endpoint),
      ),
    ];
  });
}

/**
 * `iterationInTest`, from which a script knows when it should have started, does not count drops: from the first one on
 * a stream's intended starts mean nothing, and k6's summary has them all.
 */
function isUnscheduled(endpoint: string | undefined, plan: ScenarioPlan, log: Aggregate): boolean {
  return plan.streams
    .filter(({ calls }) => endpoint !== undefined && Object.hasOwn(calls, endpoint))
    .some(({ name }) =>
      log.streams.some(({ stream, phase, dropped }) => stream === name && phase === "measured" && dropped > 0),
    );
}

/**
 * The values that the thresholds of an unchanged k6 script look at, from k6's summary. `Budget.text` is
 * "selector: expression", and is what the verdict finds them by.
 */
export function thresholdMeasures(plan: ScenarioPlan, summary: K6Summary | undefined): Measure[] {
  return plan.budgets.flatMap(({ metric, text }): Measure[] => {
    const match = /^(.*): \s*([a-z]+(?:\([^)]*\))?)\s*[<>=!]/s.exec(text);
    if (metric !== "k6_threshold" || match === null) return [];
    const found = summary?.value(match[1] ?? "", (match[2] ?? "").replaceAll(" ", ""));
    return found === undefined ? [] : [{ metric, statistic: "value", ...found, endpoint: text }];
  });
}

function preferExact(exact: LatencySummary | undefined, estimate: LatencySummary): LatencySummary {
  return exact !== undefined && exact.count > 0 ? exact : estimate;
}

function statistics(metric: MetricName, { count, ...values }: LatencySummary, endpoint?: string): Measure[] {
  return (Object.entries(values) as [Exclude<Statistic, "value">, number][]).map(([statistic, value]) => ({
    metric,
    statistic,
    value,
    count,
    ...(endpoint === undefined ? {} : { endpoint }),
  }));
}
