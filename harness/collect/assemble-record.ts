import type { EnvironmentFacts } from "../environment/environment.ts";
import { ProofloadError } from "../errors.ts";
import type { DriveOutcome } from "../load/outcome.ts";
import type { WorkloadHash } from "../load/workload-hash.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import type { Aggregate } from "./aggregate.ts";
import { endpointRecords } from "./endpoint-records.ts";
import { mergeHistograms } from "./histogram.ts";
import { instrumentRecord } from "./instrument-record.ts";
import type { K6Summary } from "./k6-summary.ts";
import { latencyOfHistogram } from "./latency-summary.ts";
import { parsePrometheus } from "./prometheus.ts";
import type { BooksRecord, EndpointRecord, ResourceSeries, ScenarioRecord } from "./record.ts";
import { resourceMeasures } from "./resource-measures.ts";
import type { ResourceSamples } from "./resource-sampler.ts";
import { type ServiceCounts, serviceCounts } from "./service-measures.ts";
import { streamRecords } from "./stream-records.ts";
import { thresholdMeasures, trendMeasures } from "./trend-measures.ts";

export interface RecordInputs {
  readonly plan: ScenarioPlan;
  readonly environment: EnvironmentFacts;
  readonly outcome: DriveOutcome;
  readonly workload: WorkloadHash;
  /** Undefined when k6 left none. */
  readonly summary: K6Summary | undefined;
  readonly log: Aggregate;
  /** Records of the raw log that could not be read, and exports that were answered with 503. */
  readonly damaged: number;
  readonly refused: number;
  /** The service's metrics in Prometheus text before and after the load, where it has any. */
  readonly scrapes: { readonly before: string | undefined; readonly after: string | undefined };
  readonly resources: ResourceSamples;
}

/**
 * Puts together what was measured in a scenario. Pure: the same files give the same record. Throws PL_K6_FAILED when
 * k6 sent histograms that cannot be used.
 */
export function assembleRecord(inputs: RecordInputs): ScenarioRecord {
  const { plan, environment, outcome, summary, log, resources } = inputs;
  refuseExplicitBuckets(log);
  const { before, after } = inputs.scrapes;
  const service: ServiceCounts =
    before === undefined || after === undefined
      ? { measures: [], requests: undefined, mode: [] }
      : serviceCounts(parsePrometheus(before), parsePrometheus(after));
  const endpoints = endpointRecords(plan, summary, log);
  const latency = scenarioLatency(plan, summary, endpoints);
  const start = log.start ?? outcome.startedAt;
  return {
    name: plan.name,
    title: plan.title,
    target: plan.target,
    environment,
    outcome,
    workload: inputs.workload,
    warmupSeconds: plan.warmupSeconds,
    measuredSeconds: measuredSeconds(plan, outcome, summary, log),
    endpoints,
    ...(latency === undefined ? {} : { latency }),
    iterations: streamRecords(plan, outcome, log),
    checks: log.checks,
    instrument: instrumentRecord(inputs, service.mode),
    books: books(inputs, service),
    measures: [
      ...trendMeasures(plan, summary, log),
      ...thresholdMeasures(plan, summary),
      ...service.measures,
      ...resourceMeasures(resources.samples, measuredFrom(log)),
    ],
    series: log.series,
    progress: log.progress,
    resources: resourceSeries(resources, start),
  };
}

/** Explicit buckets are up to 28 % wide: percentiles read from them would be wrong without anybody noticing. */
function refuseExplicitBuckets(log: Aggregate): void {
  if (log.explicitBuckets.length === 0) return;
  throw new ProofloadError(
    "PL_K6_FAILED",
    `k6 sent ${log.explicitBuckets.join(", ")} in fixed buckets instead of exponential ones; ` +
      "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION did not reach it",
  );
}

/**
 * What the plan says, unless the load ended earlier: k6 holds its durations exactly, while the log knows them to a
 * second only. Where iterations are counted the end is known from the log alone.
 */
function measuredSeconds(
  plan: ScenarioPlan,
  outcome: DriveOutcome,
  summary: K6Summary | undefined,
  log: Aggregate,
): number {
  const whole = summary?.durationMs ?? outcome.endedAt - outcome.startedAt;
  const atMost = Math.max(0, Math.min(plan.measuredSeconds, whole / 1000 - plan.warmupSeconds));
  const isCounted = plan.streams.length > 0 && plan.streams.every(({ measured }) => measured.model === "iterations");
  return isCounted || plan.kind === "k6" ? Math.min(atMost, log.measuredSeconds) : atMost;
}

/** Epoch milliseconds of the first second with a measured request: when setup() ends is known from nothing else. */
function measuredFrom(log: Aggregate): number {
  const seconds = log.series.flatMap((window) => (window.phase === "measured" ? [window.second] : []));
  const first = seconds.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return log.start === undefined || !Number.isFinite(first) ? 0 : log.start + first * 1000;
}

function scenarioLatency(
  plan: ScenarioPlan,
  summary: K6Summary | undefined,
  endpoints: readonly EndpointRecord[],
): ScenarioRecord["latency"] {
  const measured = endpoints.filter((endpoint) => endpoint.phase === "measured");
  const histogram = mergeHistograms(measured.flatMap((endpoint) => endpoint.histogram ?? []));
  const exact = plan.kind === "proofload" ? summary?.trend("latency", { phase: "measured" }) : undefined;
  if (exact !== undefined && exact.count > 0) return { latency: exact, histogram };
  return histogram.count === 0 ? undefined : { latency: latencyOfHistogram(histogram), histogram };
}

function books({ plan, summary, log, damaged, refused }: RecordInputs, service: ServiceCounts): BooksRecord {
  const lines = [...(summary?.totals() ?? [])]
    .map(([metric, k6]) => ({ metric, k6, log: log.totals.get(metric) ?? 0 }))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1));
  const lost = { lines, damaged, refused };
  // The endpoints of an unchanged script are names of its own: nothing says which routes they stand for.
  if (service.requests === undefined || plan.kind === "k6") return lost;
  return { ...lost, service: serviceBooks(plan, log, service.requests) };
}

function serviceBooks(plan: ScenarioPlan, log: Aggregate, counted: NonNullable<ServiceCounts["requests"]>) {
  const routes = Map.groupBy(plan.endpoints, (endpoint) => `${endpoint.method} ${endpoint.path}`);
  return [...routes].flatMap(([route, endpoints]) => {
    const names = endpoints.map((endpoint) => endpoint.name);
    const byK6 = log.requests.filter(({ endpoint }) => names.includes(endpoint));
    const byService = counted.filter(({ method, endpoint }) => `${method} ${endpoint}` === route);
    const statuses = new Set([...byK6, ...byService].map(({ status }) => status));
    const sum = (all: readonly { status: string; count: number }[], status: string) =>
      all.filter((one) => one.status === status).reduce((total, one) => total + one.count, 0);
    return [...statuses].sort().map((status) => ({
      endpoint: names.join(" + "),
      status,
      k6: sum(byK6, status),
      service: sum(byService, status),
    }));
  });
}

function resourceSeries({ samples }: ResourceSamples, start: number): ResourceSeries[] {
  const series = new Map<string, [number, number][]>();
  for (const { at, values } of samples) {
    for (const [key, value] of Object.entries(values)) {
      const points = series.get(key) ?? [];
      points.push([Math.round((at - start) / 10) / 100, value]);
      series.set(key, points);
    }
  }
  return [...series].map(([key, points]) => {
    const dot = key.indexOf(".");
    return { part: key.slice(0, dot), metric: key.slice(dot + 1), points };
  });
}
