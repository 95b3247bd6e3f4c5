import type { MetricName, Statistic } from "../plan/metrics.ts";
import type { Measure } from "./record.ts";
import type { ResourceSample } from "./resource-sampler.ts";

/** Measures of the service's resources over the samples from `from` (epoch milliseconds) on. Absent is never 0. */
export function resourceMeasures(samples: readonly ResourceSample[], from: number): Measure[] {
  const load = samples.filter((sample) => sample.at >= from);
  const measures: Measure[] = [];
  const add = (metric: MetricName, statistic: Statistic, value: number | undefined, count: number) => {
    if (value !== undefined) measures.push({ metric, statistic, value, count });
  };
  for (const [metric, key] of SIMPLE) {
    const values = valuesOf(load, key);
    add(metric, "max", largest(values), values.length);
    add(metric, "mean", mean(values), values.length);
  }
  const peaks = valuesOf(load, "service.memory_peak");
  add("service_memory_peak", "value", largest(peaks), peaks.length);
  const periods = gain(load, "service.periods");
  if (periods !== undefined && periods > 0) {
    add("service_throttled_share", "value", (gain(load, "service.throttled_periods") ?? 0) / periods, periods);
  }
  const delays = valuesOf(load, "service.event_loop_delay");
  add("event_loop_delay", "p99", pooledP99(load), delays.length);
  add("event_loop_delay", "max", largest(valuesOf(load, "service.event_loop_delay_max")), delays.length);
  add("event_loop_delay", "mean", mean(valuesOf(load, "service.event_loop_delay_mean")), delays.length);
  return measures;
}

const SIMPLE = [
  ["service_rss", "service.rss"],
  ["service_heap", "service.heap_used"],
  ["service_live_heap", "service.heap_live"],
  ["service_fds", "service.fds"],
  ["service_cpu", "service.cpu"],
  ["service_memory", "service.memory"],
  ["db_connections", "service.db_connections"],
  ["pool_in_use", "service.pool_in_use"],
  ["pool_waiting", "service.pool_waiting"],
] as const;

/** What the service tells of each second, and the share of the second's delays that may be that large at most. */
const STEPS = [
  ["service.event_loop_delay_p50", 0.5],
  ["service.event_loop_delay_p90", 0.4],
  ["service.event_loop_delay", 0.09],
  ["service.event_loop_delay_max", 0.01],
] as const;

/**
 * The service tells p50, p90, p99 and maximum of every second. The p99 of all delays together is no mean of those: each
 * second's delays are taken to be as large as these four allow, and the p99 is read from all of them: an upper bound.
 */
function pooledP99(samples: readonly ResourceSample[]): number | undefined {
  const steps = samples.flatMap(({ values }) => {
    if (values["service.event_loop_delay"] === undefined) return [];
    return STEPS.map(([key, weight]) => ({ value: values[key] ?? values["service.event_loop_delay"] ?? 0, weight }));
  });
  const all = steps.reduce((sum, step) => sum + step.weight, 0);
  let above = 0;
  for (const { value, weight } of steps.sort((a, b) => b.value - a.value)) {
    above += weight;
    // The rounding of a sum of hundredths must not decide.
    if (above > all * 0.01 + 1e-9) return value;
  }
  return steps.at(-1)?.value;
}

/** What a counter gained; undefined where it was not seen twice. */
function gain(samples: readonly ResourceSample[], key: string): number | undefined {
  const values = valuesOf(samples, key);
  const [first] = values;
  const last = values.at(-1);
  return first === undefined || last === undefined || values.length < 2 ? undefined : last - first;
}

function valuesOf(samples: readonly ResourceSample[], key: string): number[] {
  return samples.flatMap(({ values }) => values[key] ?? []);
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
