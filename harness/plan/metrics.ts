/**
 * The metric catalogue: what a metric means is written here once; budgets, records, reports and comparisons read it.
 */
type PlainUnit = "ns" | "ms" | "ratio" | "1/s" | "bytes" | "count";
/** What a figure that grows gains in an hour. */
export type SlopeUnit = "ms/h" | "bytes/h" | "count/h";
export type Unit = PlainUnit | SlopeUnit;
/**
 * `ratio` compares two benches of a micro-benchmark, `exponent` is how a figure grows with the size of a sweep, `slope`
 * how fast it grows with time once the caches are full.
 */
export type Statistic =
  | "p50"
  | "p75"
  | "p90"
  | "p95"
  | "p99"
  | "mean"
  | "min"
  | "max"
  | "value"
  | "ratio"
  | "exponent"
  | "slope";

export interface MetricMeaning {
  readonly title: string;
  readonly unit: PlainUnit;
  readonly better: "lower" | "higher";
  /** Whether it is measured for each endpoint, once for a scenario, or by a micro-benchmark. */
  readonly scope: "endpoint" | "scenario" | "both" | "micro";
  readonly statistics: readonly Statistic[];
  /** What a budget without a statistic means. */
  readonly defaultStatistic: Statistic;
}

const latencyStatistics = ["p50", "p75", "p90", "p95", "p99", "mean", "min", "max"] as const;

export const METRICS = {
  latency: {
    title: "latency of successful requests",
    unit: "ms",
    better: "lower",
    scope: "both",
    statistics: latencyStatistics,
    defaultStatistic: "p95",
  },
  scheduled_latency: {
    title: "latency from the intended start of the iteration",
    unit: "ms",
    better: "lower",
    scope: "endpoint",
    statistics: latencyStatistics,
    defaultStatistic: "p95",
  },
  ttft: {
    title: "time to first token",
    unit: "ms",
    better: "lower",
    scope: "endpoint",
    statistics: latencyStatistics,
    defaultStatistic: "p95",
  },
  job_duration: {
    title: "duration of the asynchronous job",
    unit: "ms",
    better: "lower",
    scope: "both",
    statistics: latencyStatistics,
    defaultStatistic: "p95",
  },
  error_rate: {
    title: "failed requests and dropped iterations",
    unit: "ratio",
    better: "lower",
    scope: "both",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  request_rate: {
    title: "requests per second",
    unit: "1/s",
    better: "higher",
    scope: "both",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  /** Found by `proofload capacity`; no run says anything about it. */
  capacity: {
    title: "highest rate that holds every budget",
    unit: "1/s",
    better: "higher",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  dropped_iterations: {
    title: "iterations that the service could not take",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  breaking_point: {
    title: "arrivals per second at which the service stopped to keep its limits",
    unit: "1/s",
    better: "higher",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  recovery_time: {
    title: "time until everything was as before, once the rate was back to normal",
    unit: "ms",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  service_rss: {
    title: "resident memory of the service",
    unit: "bytes",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean", "slope"],
    defaultStatistic: "max",
  },
  service_heap: {
    title: "JavaScript heap of the service in use",
    unit: "bytes",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean", "slope"],
    defaultStatistic: "max",
  },
  service_live_heap: {
    title: "JavaScript heap of the service that was alive after a collection of all garbage",
    unit: "bytes",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean", "slope"],
    defaultStatistic: "max",
  },
  service_fds: {
    title: "open files and sockets of the service",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean", "slope"],
    defaultStatistic: "max",
  },
  service_cpu: {
    title: "CPU of the service, in cores",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["mean", "max"],
    defaultStatistic: "mean",
  },
  service_memory: {
    title: "memory of the service's container without page cache",
    unit: "bytes",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean", "slope"],
    defaultStatistic: "max",
  },
  service_memory_peak: {
    title: "largest memory of the service's container, as the kernel saw it, page cache included",
    unit: "bytes",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  service_throttled_share: {
    title: "share of scheduling periods in which the service had used up its CPU quota",
    unit: "ratio",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  event_loop_delay: {
    title: "event-loop delay of the service",
    unit: "ms",
    better: "lower",
    scope: "scenario",
    statistics: ["p99", "max", "mean", "slope"],
    defaultStatistic: "p99",
  },
  db_query_duration: {
    title: "database query time",
    unit: "ms",
    better: "lower",
    scope: "scenario",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  db_statements_per_request: {
    title: "SQL statements per request",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  cpu_time: {
    title: "CPU time of the service per request",
    unit: "ns",
    better: "lower",
    scope: "both",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  sql_statements: {
    title: "SQL statements of one request",
    unit: "count",
    better: "lower",
    scope: "endpoint",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  sql_rows: {
    title: "rows that the statements of one request returned or changed",
    unit: "count",
    better: "lower",
    scope: "endpoint",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  redis_commands: {
    title: "Redis commands of one request",
    unit: "count",
    better: "lower",
    scope: "endpoint",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  response_bytes: {
    title: "size of the answer's body, as it was sent",
    unit: "bytes",
    better: "lower",
    scope: "endpoint",
    statistics: ["max", "mean"],
    defaultStatistic: "max",
  },
  redis_command_duration: {
    title: "Redis command time",
    unit: "ms",
    better: "lower",
    scope: "scenario",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  cache_hit_ratio: {
    title: "cache hits among look-ups",
    unit: "ratio",
    better: "higher",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  llm_cache_hit_ratio: {
    title: "LLM cache hits among look-ups",
    unit: "ratio",
    better: "higher",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  cache_hit_duration: {
    title: "time of a cache hit",
    unit: "ms",
    better: "lower",
    scope: "scenario",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  db_connections: {
    title: "database connections that the service holds open",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean", "slope"],
    defaultStatistic: "max",
  },
  pool_in_use: {
    title: "database connections in use",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean"],
    defaultStatistic: "max",
  },
  pool_waiting: {
    title: "requests waiting for a connection",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["max", "mean"],
    defaultStatistic: "max",
  },
  slow_queries: {
    title: "queries slower than 1 s",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  slow_requests: {
    title: "requests slower than 2 s",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  audit_share: {
    title: "time in the audit call ÷ request time",
    unit: "ratio",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  /** A threshold of an unchanged k6 script, on any metric of k6: `Budget.text` says which. */
  k6_threshold: {
    title: "k6 threshold",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["value"],
    defaultStatistic: "value",
  },
  llm_calls_per_request: {
    title: "LLM provider calls per request",
    unit: "count",
    better: "lower",
    scope: "scenario",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  time: {
    title: "time of one operation",
    unit: "ns",
    better: "lower",
    scope: "micro",
    statistics: ["p50", "p90", "p95", "p99", "mean", "min", "max", "ratio", "exponent"],
    defaultStatistic: "mean",
  },
  bytes: {
    title: "memory allocated by one operation",
    unit: "bytes",
    better: "lower",
    scope: "micro",
    statistics: ["mean", "ratio", "exponent"],
    defaultStatistic: "mean",
  },
  throughput: {
    title: "items per second of the time measured, garbage collection included",
    unit: "1/s",
    better: "higher",
    scope: "micro",
    statistics: ["value", "ratio"],
    defaultStatistic: "value",
  },
  gc_time: {
    title: "garbage collection per operation",
    unit: "ns",
    better: "lower",
    scope: "micro",
    statistics: ["mean"],
    defaultStatistic: "mean",
  },
  peak_rss: {
    title: "largest resident memory of the process",
    unit: "bytes",
    better: "lower",
    scope: "micro",
    statistics: ["value", "ratio"],
    defaultStatistic: "value",
  },
  /** What the work needs beside Node itself: the largest resident memory, less that before the benchmark was set up. */
  memory: {
    title: "resident memory that the benchmark added to its process",
    unit: "bytes",
    better: "lower",
    scope: "micro",
    statistics: ["value", "ratio", "exponent"],
    defaultStatistic: "value",
  },
} as const satisfies Record<string, MetricMeaning>;

export type MetricName = keyof typeof METRICS;

/** What one request of an endpoint costs: counted where requests come one at a time, and nowhere else. */
export const COST_METRICS: readonly MetricName[] = [
  "sql_statements",
  "sql_rows",
  "redis_commands",
  "response_bytes",
  "cpu_time",
];

const SLOPE_UNITS: Readonly<Partial<Record<PlainUnit, SlopeUnit>>> = {
  ms: "ms/h",
  bytes: "bytes/h",
  count: "count/h",
};

export function isSlopeUnit(unit: Unit): unit is SlopeUnit {
  return Object.values(SLOPE_UNITS).includes(unit as SlopeUnit);
}

/** "bytes" of "bytes/h". */
export function gainOf(unit: SlopeUnit): PlainUnit {
  return unit.slice(0, -"/h".length) as PlainUnit;
}

/** A ratio and an exponent are plain numbers, whatever they are made of; slopes are per hour. */
export function unitOf(metric: MetricName, statistic: Statistic): Unit {
  if (statistic === "slope") return SLOPE_UNITS[METRICS[metric].unit] ?? "count/h";
  return statistic === "ratio" || statistic === "exponent" ? "count" : METRICS[metric].unit;
}

/** Samples below which a budget on a statistic is INCONCLUSIVE; quantiles follow `samplesFor`. Design decision 5. */
export const MINIMUM_SAMPLES: Readonly<Partial<Record<Statistic, number>>> = {
  p50: samplesFor(0.5),
  p75: samplesFor(0.75),
  p90: samplesFor(0.9),
  p95: samplesFor(0.95),
  p99: samplesFor(0.99),
  mean: 12,
};

/**
 * Fewest samples of which, with 97.5 % probability, one at least lies above the q-quantile: ln 0.025 ÷ ln q.
 * With fewer, a limit could hold only because the slow part was never seen. 72 for p95, 368 for p99.
 */
export function samplesFor(q: number): number {
  return Math.ceil(Math.log(0.025) / Math.log(q));
}
