import type { Aggregate, EndpointTotals } from "./aggregate.ts";
import { Grouped, order } from "./grouped.ts";
import { endpointOf, phaseOf, type ScriptKind } from "./labels.ts";
import type { Attributes, HistogramPoint, NumberPoint } from "./otlp.ts";
import { type Failures, total } from "./series-selection.ts";
import { histogramTotal, numberTotal, type Series } from "./series-store.ts";

export function endpointTotals(
  kind: ScriptKind,
  requests: readonly Series<NumberPoint>[],
  failures: readonly Failures[],
  latencies: readonly Series<HistogramPoint>[],
): EndpointTotals[] {
  const groups = new Grouped<EndpointSeries>(() => ({ requests: [], failures: [], latencies: [] }));
  const groupOf = ({ attributes }: { attributes: Attributes }) =>
    groups.of(endpointOf(attributes), phaseOf(attributes, kind));
  for (const series of requests) groupOf(series).requests.push(series);
  for (const failure of failures) groupOf(failure.series).failures.push(failure);
  for (const series of latencies) groupOf(series).latencies.push(series);
  return groups.entries().map(({ endpoint, phase, value }) => {
    const latency = histogramTotal(value.latencies);
    return {
      endpoint,
      phase,
      methods: [...new Set(value.requests.map(({ attributes }) => attributes["method"] ?? "GET"))],
      requests: total(value.requests),
      failed: total(value.failures.map((failure) => failure.series)),
      byStatus: sums(value.requests.map((series) => [series.attributes["status"] ?? "0", numberTotal(series)])),
      byError: sums(value.failures.map(({ series, error }) => [error, numberTotal(series)])),
      ...(latency.count === 0 ? {} : { latency }),
    };
  });
}

interface EndpointSeries {
  readonly requests: Series<NumberPoint>[];
  readonly failures: Failures[];
  readonly latencies: Series<HistogramPoint>[];
}

export function requestTotals(requests: readonly Series<NumberPoint>[]): Aggregate["requests"] {
  const groups = new Map<string, { endpoint: string; status: string; count: number }>();
  for (const series of requests) {
    const endpoint = endpointOf(series.attributes);
    const status = series.attributes["status"] ?? "0";
    const key = JSON.stringify([endpoint, status]);
    const group = groups.get(key) ?? { endpoint, status, count: 0 };
    group.count += numberTotal(series);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => order(a.endpoint, b.endpoint) || order(a.status, b.status));
}

function sums(pairs: readonly (readonly [string, number])[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [key, value] of pairs) result[key] = (result[key] ?? 0) + value;
  return result;
}
