import type { StreamTotals, TrendTotals } from "./aggregate.ts";
import { Grouped, order } from "./grouped.ts";
import { phaseOf, type ScriptKind, streamOf } from "./labels.ts";
import type { Attributes, HistogramPoint } from "./otlp.ts";
import type { CheckRecord } from "./record.ts";
import { isOverflow, ofService, total } from "./series-selection.ts";
import { histogramTotal, numberTotal, type Series, type SeriesStore } from "./series-store.ts";

export function streamTotals(store: SeriesStore, kind: ScriptKind): StreamTotals[] {
  const groups = new Grouped(() => ({ completed: 0, dropped: 0 }));
  const groupOf = ({ attributes }: { attributes: Attributes }) =>
    groups.of(streamOf(attributes, kind), phaseOf(attributes, kind));
  const driven = (metric: string) =>
    ofService(store.numbers(metric)).filter(({ attributes }) => attributes["scenario"]);
  for (const series of driven("iterations")) groupOf(series).completed += numberTotal(series);
  for (const series of driven("dropped_iterations")) groupOf(series).dropped += numberTotal(series);
  return groups.entries().map(({ endpoint: stream, phase, value }) => ({ stream, phase, ...value }));
}

export function checkTotals(store: SeriesStore): CheckRecord[] {
  const groups = new Map<string, { name: string; endpoint?: string; passes: number; fails: number }>();
  for (const series of ofService(store.numbers("checks.total"))) {
    const { check: name = "", name: endpoint } = series.attributes;
    const key = JSON.stringify([name, endpoint]);
    const group = groups.get(key) ?? { name, ...(endpoint === undefined ? {} : { endpoint }), passes: 0, fails: 0 };
    group[series.attributes["condition"] === "zero" ? "fails" : "passes"] += numberTotal(series);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => order(a.name, b.name));
}

function isOfScript(metric: string): boolean {
  const isK6s = /^(http_req|iteration|group_duration|grpc_|ws_|browser_)/.test(metric);
  return !isK6s && metric !== "latency" && metric !== "start_lag" && metric !== "canary_latency";
}

export function trendTotals(store: SeriesStore, kind: ScriptKind): TrendTotals[] {
  return store
    .metrics()
    .filter(isOfScript)
    .flatMap((metric) => {
      const groups = new Grouped((): Series<HistogramPoint>[] => []);
      for (const series of ofService(store.histograms(metric))) {
        groups.of(series.attributes["name"] ?? "", phaseOf(series.attributes, kind)).push(series);
      }
      return groups.entries().map(({ endpoint, phase, value }) => ({
        metric,
        phase,
        ...(endpoint === "" ? {} : { endpoint }),
        histogram: histogramTotal(value),
      }));
    });
}

/** k6 sends a rate named x as a counter x.total with one series for zero and one for nonzero samples. */
export function totals(store: SeriesStore): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const metric of store.metrics()) {
    const counters = store.numbers(metric).filter((series) => series.kind === "sum");
    const trends = store.histograms(metric);
    const count = total(counters) + trends.reduce((sum, series) => sum + histogramTotal([series]).count, 0);
    if (counters.length + trends.length > 0) result.set(metric.replace(/\.total$/, ""), count);
  }
  return result;
}

export function overflowSeries(store: SeriesStore): number {
  return store
    .metrics()
    .flatMap((metric) => [...store.numbers(metric), ...store.histograms(metric)])
    .filter(({ attributes }) => isOverflow(attributes)).length;
}
