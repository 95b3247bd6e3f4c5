import type { Sample } from "./prometheus.ts";

/**
 * What one reading of the service's metrics says about the moment, and what it says together with the reading before
 * about the time between; in the units of the metric catalogue. What the service lacks is absent.
 */
export function serviceGauges(before: readonly Sample[] | undefined, now: readonly Sample[]): Record<string, number> {
  const gauges: Record<string, number> = {};
  const set = (name: string, value: number | undefined, factor = 1) => {
    if (value !== undefined && Number.isFinite(value)) gauges[name] = value * factor;
  };
  const pool = (state: string) =>
    now.find((sample) => sample.name === "db_pool_connections" && sample.labels["state"] === state)?.value;
  set("pool_in_use", pool("in_use"));
  set("pool_waiting", pool("waiting"));
  const open = [pool("in_use"), pool("idle")];
  set("db_connections", open[0] === undefined || open[1] === undefined ? undefined : open[0] + open[1]);
  set("pool_size", firstOf(now, "db_pool_max"));
  set("heap_used", firstOf(now, "nodejs_heap_size_used_bytes"));
  set("heap_live", firstOf(now, "nodejs_heap_live_bytes"));
  for (const [name, statistic] of LAGS) set(name, firstOf(now, `nodejs_eventloop_lag_${statistic}_seconds`), 1000);
  set("reported_rss", residentBytes(now));
  set("reported_fds", firstOf(now, "process_open_fds"));
  if (before !== undefined) {
    const gain = (name: string, result?: string) => difference(sumOf(before, name, result), sumOf(now, name, result));
    set("cache_hit_ratio", ratio(gain("cache_requests_total", "hit"), gain("cache_requests_total")));
    const queries = gain("database_query_duration_seconds_count");
    set("db_query_duration", ratio(gain("database_query_duration_seconds_sum"), queries), 1000);
    set("reported_cpu_seconds", difference(cpuSeconds(before), cpuSeconds(now)));
  }
  return gauges;
}

/** Node resets these at each reading: they describe the time since the reading before. */
const LAGS = [
  ["event_loop_delay", "p99"],
  ["event_loop_delay_p50", "p50"],
  ["event_loop_delay_p90", "p90"],
  ["event_loop_delay_max", "max"],
  ["event_loop_delay_mean", "mean"],
] as const;

/** By the names of the usual client libraries, else of the container that it runs in. */
function residentBytes(samples: readonly Sample[]): number | undefined {
  return (
    firstOf(samples, "process_resident_memory_bytes") ??
    onlyOf(samples, "container_memory_working_set_bytes") ??
    onlyOf(samples, "container_memory_rss")
  );
}

function cpuSeconds(samples: readonly Sample[]): number | undefined {
  const user = firstOf(samples, "process_cpu_user_seconds_total");
  const system = firstOf(samples, "process_cpu_system_seconds_total");
  return (
    sumOf(samples, "process_cpu_seconds_total", undefined) ??
    (user === undefined || system === undefined ? undefined : user + system) ??
    onlyOf(samples, "container_cpu_usage_seconds_total")
  );
}

/** Of one container; where there are several, nothing says which of them is the service. Cores add up to `cpu="total"`. */
function onlyOf(samples: readonly Sample[], name: string): number | undefined {
  const whole = samples.filter((sample) => sample.name === name && ["", "total"].includes(sample.labels["cpu"] ?? ""));
  return whole.length === 1 ? whole[0]?.value : undefined;
}

function firstOf(samples: readonly Sample[], name: string): number | undefined {
  return samples.find((sample) => sample.name === name)?.value;
}

function sumOf(samples: readonly Sample[], name: string, result: string | undefined): number | undefined {
  const own = samples.filter(
    (sample) => sample.name === name && (result === undefined || sample.labels["result"] === result),
  );
  return own.length === 0 ? undefined : own.reduce((sum, sample) => sum + sample.value, 0);
}

function difference(before: number | undefined, now: number | undefined): number | undefined {
  return now === undefined ? undefined : Math.max(0, now - (before ?? 0));
}

function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}
