import { EMPTY_HISTOGRAM, mergeHistograms, quantileBounds, subtractHistogram } from "./histogram.ts";
import { isCanary, type ScriptKind } from "./labels.ts";
import type { MetricsExport } from "./otlp.ts";
import type { HistogramRecord } from "./record.ts";
import { createSeriesStore } from "./series-store.ts";

/** What a person wants to see while load is driven: the last second, and the totals. */
export interface LiveFigures {
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
  readonly vus: number;
  /** Requests per second since the figures before. */
  readonly rate: number;
  /** p95 of the answers since the figures before, in milliseconds. */
  readonly p95: number | undefined;
}

export interface Live {
  add(received: MetricsExport): void;
  figures(): LiveFigures;
}

/** Follows a stream of exports; holds the last point of each series only. */
export function createLive(kind: ScriptKind): Live {
  const store = createSeriesStore(() => false);
  let before = { at: 0, requests: 0, latency: EMPTY_HISTOGRAM };
  let figures: LiveFigures = { requests: 0, failed: 0, dropped: 0, vus: 0, rate: 0, p95: undefined };
  const total = (metric: string, counts: (condition: string | undefined) => boolean = () => true) =>
    store
      .numbers(metric)
      .filter(({ attributes }) => !isCanary(attributes) && counts(attributes["condition"]))
      .reduce((sum, series) => sum + (series.points.at(-1)?.value ?? 0), 0);
  const latencies = (): HistogramRecord =>
    mergeHistograms(
      store
        .histograms(kind === "proofload" ? "latency" : "http_req_duration")
        .filter(({ attributes }) => !isCanary(attributes))
        .flatMap((series) => series.points.at(-1)?.value ?? []),
    );
  return {
    add(received) {
      store.add(received);
      const requests = total("http_reqs");
      const latency = latencies();
      const recent = before.latency.count === 0 ? latency : subtractHistogram(latency, before.latency);
      const seconds = before.at === 0 ? 1 : Math.max(0.001, (received.at - before.at) / 1000);
      figures = {
        requests,
        failed: total("http_req_failed.total", (condition) => condition === "nonzero"),
        dropped: total("dropped_iterations"),
        vus: store.numbers("vus").reduce((most, series) => Math.max(most, series.points.at(-1)?.value ?? 0), 0),
        rate: (requests - before.requests) / seconds,
        p95: quantileBounds(recent, 0.95)?.upper,
      };
      before = { at: received.at, requests, latency };
    },
    figures: () => figures,
  };
}
