import { endpointTotals, requestTotals } from "./endpoint-totals.ts";
import { canaryLatency, startLag } from "./instrument-series.ts";
import { isCanary, type ScriptKind } from "./labels.ts";
import type { MetricsExport } from "./otlp.ts";
import type { CheckRecord, EndpointWindow, HistogramRecord, Phase, ProgressPoint } from "./record.ts";
import { checkTotals, overflowSeries, streamTotals, totals, trendTotals } from "./scenario-totals.ts";
import { bodyFailures, httpFailures, latencySeries, ofService, total } from "./series-selection.ts";
import { createSeriesStore, type SeriesStore } from "./series-store.ts";
import { createTimeline } from "./timeline.ts";
import { progress, windows } from "./windows.ts";

export interface EndpointTotals {
  readonly endpoint: string;
  readonly phase: Phase;
  readonly methods: readonly string[];
  readonly requests: number;
  readonly failed: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** k6's error code → requests; "check": the status was expected, the body was not. */
  readonly byError: Readonly<Record<string, number>>;
  /** Latencies of successful requests. */
  readonly latency?: HistogramRecord;
}

export interface StreamTotals {
  readonly stream: string;
  readonly phase: Phase;
  readonly completed: number;
  readonly dropped: number;
}

export interface TrendTotals {
  readonly metric: string;
  readonly phase: Phase;
  readonly endpoint?: string;
  readonly histogram: HistogramRecord;
}

/** What the raw log says, without any help from k6's summary. */
export interface Aggregate {
  /** Start of load, epoch milliseconds; undefined when nothing came. */
  readonly start: number | undefined;
  /** Seconds with a measured request between the first and the last, both included. */
  readonly measuredSeconds: number;
  readonly endpoints: readonly EndpointTotals[];
  /** Service requests of every phase, without the canary's: endpoint → status → requests. */
  readonly requests: readonly { readonly endpoint: string; readonly status: string; readonly count: number }[];
  readonly series: readonly EndpointWindow[];
  readonly progress: readonly ProgressPoint[];
  readonly streams: readonly StreamTotals[];
  readonly checks: readonly CheckRecord[];
  /** Trends of the script by endpoint and phase: ttft, job_duration, …; k6's own and ours for the instrument are not among them. */
  readonly trends: readonly TrendTotals[];
  /** Measured iterations of each open stream, until the export before the stream's first drop. */
  readonly startLag: HistogramRecord;
  readonly canary: {
    readonly latency: HistogramRecord;
    readonly failed: number;
    readonly dropped: number;
  };
  readonly maxVus: number;
  /** k6's name of a metric → how much of it the log holds: the count of a trend or rate, the total of a counter. */
  readonly totals: ReadonlyMap<string, number>;
  readonly overflowSeries: number;
  /** Metrics that came with explicit buckets: k6 was not started with the exponential aggregation. */
  readonly explicitBuckets: readonly string[];
}

/** Points of every export are needed of these; of the others the last one says all. */
const HISTORY = new Set([
  "http_reqs",
  "http_req_failed.total",
  "http_req_duration",
  "checks.total",
  "latency",
  "start_lag",
  "iterations",
  "dropped_iterations",
  "vus",
]);

export function createLogStore(): SeriesStore {
  return createSeriesStore((metric) => HISTORY.has(metric));
}

/** A pure function of the exports: their order and repetitions do not matter. */
export function aggregate(exports: Iterable<MetricsExport>, kind: ScriptKind): Aggregate {
  const store = createLogStore();
  for (const received of exports) store.add(received);
  return aggregateStore(store, kind);
}

export function aggregateStore(store: SeriesStore, kind: ScriptKind): Aggregate {
  const timeline = createTimeline(store);
  const requests = ofService(store.numbers("http_reqs"));
  const failures = [...httpFailures(store), ...(kind === "proofload" ? bodyFailures(store) : [])];
  const latencies = latencySeries(store, kind);
  const series = windows(timeline, kind, requests, failures, latencies);
  const measured = series.filter((window) => window.phase === "measured" && window.requests > 0);
  const seconds = measured.map((window) => window.second);
  const canaryRequests = store.numbers("http_req_failed.total").filter(({ attributes }) => isCanary(attributes));
  return {
    start: timeline.start,
    measuredSeconds: seconds.length === 0 ? 0 : largest(seconds) - smallest(seconds) + 1,
    endpoints: endpointTotals(kind, requests, failures, latencies),
    requests: requestTotals(requests),
    series,
    progress: progress(timeline, store, requests, failures),
    streams: streamTotals(store, kind),
    checks: checkTotals(store),
    trends: trendTotals(store, kind),
    startLag: startLag(store, kind),
    canary: {
      latency: canaryLatency(store),
      failed: total(canaryRequests.filter(({ attributes }) => attributes["condition"] === "nonzero")),
      dropped: total(store.numbers("dropped_iterations").filter(({ attributes }) => isCanary(attributes))),
    },
    maxVus: largest([0, ...store.numbers("vus_max").flatMap((gauge) => gauge.points.map((point) => point.value))]),
    totals: totals(store),
    overflowSeries: overflowSeries(store),
    explicitBuckets: store.explicitBuckets(),
  };
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function smallest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
