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
  return ofService(store.numbers("http_req_failed.total"))
    .filter(({ attributes }) => attributes["condition"] === "nonzero")
    .map((series) => ({ series, error: series.attributes["error_code"] ?? series.attributes["status"] ?? "unknown" }));
}

/** The library looks at the body of an expected answer in one check named after the endpoint, once per request. */
export function bodyFailures(store: SeriesStore): Failures[] {
  return ofService(store.numbers("checks.total"))
    .filter(({ attributes }) => attributes["condition"] === "zero")
    .filter(({ attributes }) => attributes["check"] === `${attributes["name"]}: body`)
    .map((series) => ({ series, error: "check" }));
}

/** Latencies of successful requests: our own trend, or k6's durations of the requests that k6 did not call failed. */
export function latencySeries(store: SeriesStore, kind: ScriptKind): Series<HistogramPoint>[] {
  if (kind === "proofload") return ofService(store.histograms("latency"));
  return ofService(store.histograms("http_req_duration")).filter(({ attributes }) => {
    const expected = attributes["expected_response"];
    const status = Number(attributes["status"] ?? 0);
    return expected === undefined ? status >= 200 && status < 400 : expected === "true";
  });
}

/** k6's exporter puts everything beyond 2,000 series of a metric into one, and our own limit what is beyond it. */
export function isOverflow(attributes: Attributes): boolean {
  return attributes[OVERFLOW] === "true";
}

/** What several counters gained together. */
export function total(series: readonly Series<NumberPoint>[]): number {
  return series.reduce((sum, one) => sum + numberTotal(one), 0);
}
