import type { EndpointWindow, ScenarioRecord } from "../../collect/record.ts";
import type { Budget } from "../../plan/plan.ts";
import { formatValue } from "../format.ts";
import { limitsOf } from "./distribution.ts";
import type { PlotSeries, PlotSpec } from "./plot-spec.ts";
import { secondsOf, type Thinned, thin, thinnedNote } from "./thin.ts";

/** p50, p95 and p99 of every second. */
export function latencyPlot(
  id: string,
  endpoint: string,
  record: ScenarioRecord,
  budgets: readonly Budget[],
): PlotSpec | undefined {
  const bySecond = windowsOf(endpoint, record);
  const seconds = secondsOf(bySecond.keys());
  // Where the last second of the warm-up and the first of the measured phase are one, the measured one is drawn.
  const figure = (second: number, name: "p50" | "p95" | "p99") =>
    bySecond.get(second)?.findLast((window) => window[name] !== undefined)?.[name] ?? null;
  // Of a few requests p95 and p99 are the same one: the upper is drawn first and broader, so that both can be seen.
  const names = ["p99", "p95", "p50"] as const;
  const thinned = thin(
    seconds,
    names.map((name) => seconds.map((second) => figure(second, name))),
  );
  const largest = largestOf(thinned);
  if (largest === undefined) {
    return undefined;
  }
  return {
    ...common(id, record, thinned),
    title: `Latency over time${thinnedNote(thinned)}`,
    description: `Percentiles of each second; the largest p99 is ${formatValue(largest, "ms")}.`,
    unit: "ms",
    log: true,
    series: names.map((name, index) => ({
      label: name,
      colour: name,
      style: name === "p99" ? "band" : "line",
      values: thinned.values[index] ?? [],
    })),
    limits: limitsOf(budgets).map(({ until: _, ...limit }) => ({ ...limit, axis: "y" as const })),
  };
}

/** Requests of every second, and how many of them failed. */
export function ratePlot(
  id: string,
  endpoint: string,
  record: ScenarioRecord,
  budgets: readonly Budget[],
): PlotSpec | undefined {
  const bySecond = windowsOf(endpoint, record);
  const seconds = secondsOf(bySecond.keys());
  const total = (second: number, name: "requests" | "failed") =>
    (bySecond.get(second) ?? []).reduce((sum, window) => sum + window[name], 0);
  const requests = seconds.map((second) => total(second, "requests"));
  const failed = seconds.map((second) => total(second, "failed"));
  return countsPlot(id, record, budgets, "Requests and errors", seconds, [
    { label: "requests/s", colour: "rate", style: "area", values: requests },
    { label: "errors/s", colour: "error", style: "bars", values: failed },
  ]);
}

/** The scenario as a whole: what k6 sent, what failed, what the service could not take. */
export function loadPlots(prefix: string, record: ScenarioRecord, budgets: readonly Budget[]): PlotSpec[] {
  const points = [...record.progress].sort((a, b) => a.second - b.second);
  const seconds = points.map((point) => point.second);
  const dropped = points.map((point) => point.dropped);
  const load = countsPlot(`${prefix}-load`, record, budgets, "Load: all endpoints", seconds, [
    { label: "requests/s", colour: "rate", style: "area", values: points.map((point) => point.requests) },
    { label: "errors/s", colour: "error", style: "bars", values: points.map((point) => point.failed) },
    ...(dropped.some((count) => count > 0)
      ? [{ label: "dropped/s", colour: "drop" as const, style: "line" as const, values: dropped }]
      : []),
  ]);
  const vus = countsPlot(`${prefix}-vus`, record, [], "Virtual users in use", seconds, [
    { label: "VUs", colour: "g", style: "line", values: points.map((point) => point.vus) },
  ]);
  return [load, vus].filter((plot) => plot !== undefined);
}

function countsPlot(
  id: string,
  record: ScenarioRecord,
  budgets: readonly Budget[],
  title: string,
  seconds: readonly number[],
  series: readonly PlotSeries[],
): PlotSpec | undefined {
  const thinned = thin(
    seconds,
    series.map((each) => each.values),
  );
  const largest = largestOf(thinned);
  if (largest === undefined) {
    return undefined;
  }
  return {
    ...common(id, record, thinned),
    title: `${title}${thinnedNote(thinned)}`,
    description: `${series.map((each) => each.label).join(", ")}; the largest value is ${formatValue(largest, "count")}.`,
    unit: "count",
    log: false,
    series: series.map((each, index) => ({ ...each, values: thinned.values[index] ?? [] })),
    limits: limitsOf(budgets).map(({ until: _, ...limit }) => ({ ...limit, axis: "y" as const })),
  };
}

function common(id: string, record: ScenarioRecord, thinned: Thinned) {
  return {
    id,
    x: "seconds" as const,
    xs: thinned.xs,
    sync: record.name,
    ...(record.warmupSeconds > 0 ? { shade: [0, record.warmupSeconds] as const } : {}),
  };
}

function windowsOf(endpoint: string, record: ScenarioRecord): Map<number, EndpointWindow[]> {
  const bySecond = new Map<number, EndpointWindow[]>();
  const phases = ["warmup", "measured"] as const;
  for (const phase of phases) {
    for (const window of record.series) {
      if (window.endpoint === endpoint && window.phase === phase) {
        bySecond.set(window.second, [...(bySecond.get(window.second) ?? []), window]);
      }
    }
  }
  return bySecond;
}

function largestOf({ values }: Thinned): number | undefined {
  return values
    .flat()
    .reduce<number | undefined>(
      (largest, value) => (value === null || (largest !== undefined && largest >= value) ? largest : value),
      undefined,
    );
}
