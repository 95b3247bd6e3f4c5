import { isCanary, OVERFLOW, type ScriptKind } from "./labels.ts";
import type { Attributes, HistogramPoint, NumberPoint } from "./otlp.ts";
import { numberTotal, type Series, type SeriesStore } from "./series-store.ts";

/** Those that belong to the service: not the canary's, and not what k6's exporter folded together. */
export function ofService<S extends { readonly attributes: Attributes }>(series: readonly S[]): S[] {
  return series.filter(({ attributes }) => !isCanary(attributes) && !isOverflow(attributes));
}

/** A counter of failed requests, and the reason under which they are shown. */
export interface Failures {
  readonly series: Series<NumberPoint>;
  readonly error: string;
}

export function httpFailures(store: SeriesStore): Failures[] {
  return failures(store, "http_req_failed.total");
}

export function bodyFailures(store: SeriesStore): Failures[] {
  return failures(store, "checks.total");
}

function failures(store: SeriesStore, metric: string): Failures[] {
  return ofService(store.numbers(metric)).flatMap((series) => {
    const error = errorOf(metric, series.attributes);
    return error === undefined ? [] : [{ series, error }];
  });
}

/**
 * The kind of error that a counter counts; undefined where it counts no failed requests. The library looks at the body
 * of an expected answer in one check named after the endpoint, once per request.
 */
export function errorOf(metric: string, attributes: Attributes): string | undefined {
  const { condition, check, name, error_code: code, status } = attributes;
  if (metric === "http_req_failed.total") return condition === "nonzero" ? (code ?? status ?? "unknown") : undefined;
  return metric === "checks.total" && condition === "zero" && check === `${name}: body` ? "check" : undefined;
}

/** Latencies of successful requests: our own trend, or k6's durations of the requests that k6 did not call failed. */
export function latencySeries(store: SeriesStore, kind: ScriptKind): Series<HistogramPoint>[] {
  const metric = kind === "proofload" ? "latency" : "http_req_duration";
  return ofService(store.histograms(metric)).filter(({ attributes }) => isLatency(metric, attributes, kind));
}

/** Whether a trend holds latencies of successful requests. */
export function isLatency(metric: string, attributes: Attributes, kind: ScriptKind): boolean {
  if (kind === "proofload") return metric === "latency";
  const { expected_response: expected, status } = attributes;
  const code = Number(status ?? 0);
  return metric === "http_req_duration" && (expected === undefined ? code >= 200 && code < 400 : expected === "true");
}

/** k6's exporter puts everything beyond 2,000 series of a metric into one, and our own limit what is beyond it. */
export function isOverflow(attributes: Attributes): boolean {
  return attributes[OVERFLOW] === "true";
}

/** What several counters gained together. */
export function total(series: readonly Series<NumberPoint>[]): number {
  return series.reduce((sum, one) => sum + numberTotal(one), 0);
}
