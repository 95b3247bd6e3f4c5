import { Grouped } from "./grouped.ts";
import { mergeHistograms, quantileBounds } from "./histogram.ts";
import { endpointOf, phaseOf, type ScriptKind } from "./labels.ts";
import type { Attributes, HistogramPoint, NumberPoint } from "./otlp.ts";
import type { EndpointWindow, HistogramRecord, ProgressPoint } from "./record.ts";
import { type Failures, ofService } from "./series-selection.ts";
import { histogramGains, numberGains, type Series, type SeriesStore } from "./series-store.ts";
import type { Timeline } from "./timeline.ts";

/** One line per second, endpoint and phase in which something happened. */
export function windows(
  timeline: Timeline,
  kind: ScriptKind,
  requests: readonly Series<NumberPoint>[],
  failures: readonly Failures[],
  latencies: readonly Series<HistogramPoint>[],
): EndpointWindow[] {
  const groups = new Grouped(() => new Map<number, { requests: number; failed: number; values: HistogramRecord[] }>());
  const windowOf = (attributes: Attributes, second: number) => {
    const bySecond = groups.of(endpointOf(attributes), phaseOf(attributes, kind));
    const window = bySecond.get(second) ?? { requests: 0, failed: 0, values: [] };
    bySecond.set(second, window);
    return window;
  };
  for (const series of requests) {
    for (const { second, value } of numberGains(series).flatMap(timeline.share)) {
      windowOf(series.attributes, second).requests += value;
    }
  }
  for (const { series } of failures) {
    for (const { second, value } of numberGains(series).flatMap(timeline.share)) {
      windowOf(series.attributes, second).failed += value;
    }
  }
  for (const series of latencies) {
    for (const { second, value } of histogramGains(series).flatMap(timeline.shareValues)) {
      windowOf(series.attributes, second).values.push(value);
    }
  }
  return groups.entries().flatMap(({ endpoint, phase, value }) =>
    [...value.entries()]
      .sort(([a], [b]) => a - b)
      .map(([second, window]) => ({
        endpoint,
        phase,
        second,
        requests: window.requests,
        failed: window.failed,
        ...windowQuantiles(mergeHistograms(window.values)),
      })),
  );
}

function windowQuantiles(values: HistogramRecord): Pick<EndpointWindow, "p50" | "p95" | "p99" | "max"> {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantileBounds(values, q)?.upper);
  return p50 === undefined || p95 === undefined || p99 === undefined ? {} : { p50, p95, p99, max: values.max };
}

/** One line per second of the whole load. */
export function progress(
  timeline: Timeline,
  store: SeriesStore,
  requests: readonly Series<NumberPoint>[],
  failures: readonly Failures[],
): ProgressPoint[] {
  const points = Array.from({ length: timeline.seconds }, (_, second) => ({
    second,
    requests: 0,
    failed: 0,
    dropped: 0,
    vus: 0,
  }));
  const addTo = (field: "requests" | "failed" | "dropped", all: readonly Series<NumberPoint>[]) => {
    for (const share of all.flatMap((series) => numberGains(series).flatMap(timeline.share))) {
      const point = points[share.second];
      if (point !== undefined) point[field] += share.value;
    }
  };
  addTo("requests", requests);
  addTo(
    "failed",
    failures.map((failure) => failure.series),
  );
  addTo("dropped", ofService(store.numbers("dropped_iterations")));
  for (const gauge of store.numbers("vus")) {
    for (const { at, value } of gauge.points) {
      // Until the next reading comes.
      for (const point of points.slice(timeline.secondOf(at))) point.vus = value;
    }
  }
  return points;
}
