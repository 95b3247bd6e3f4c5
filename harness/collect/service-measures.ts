import type { MetricName, Statistic } from "../plan/metrics.ts";
import type { Attributes } from "./otlp.ts";
import type { Sample } from "./prometheus.ts";
import type { Measure } from "./record.ts";

export interface ServiceCounts {
  readonly measures: readonly Measure[];
  /** What the service itself counted, or undefined where it has no such counters. */
  readonly requests: readonly ServiceRequests[] | undefined;
  /** Sentences for everything in which the service does not run as in production. */
  readonly mode: readonly string[];
}

interface ServiceRequests {
  readonly method: string;
  /** Route template. */
  readonly endpoint: string;
  readonly status: string;
  readonly count: number;
}

/** What is asked of the service, beside the load, is not part of the load. */
const OUR_OWN = new Set(["/metrics", "/healthz", "/readyz"]);

/**
 * What the service's own counters gained between two readings. A counter that the service lacks gives no measure,
 * never 0.
 */
export function serviceCounts(before: readonly Sample[], after: readonly Sample[]): ServiceCounts {
  const gains = gained(before, after);
  return { measures: measuresOf(gains), requests: requestsOf(gains), mode: modeOf(after) };
}

/** A counter: what it gained, or undefined where it does not exist. */
type Gains = (name: string, matches?: (labels: Attributes) => boolean) => readonly Sample[] | undefined;

function gained(before: readonly Sample[], after: readonly Sample[]): Gains {
  const earlier = new Map(before.map((sample) => [keyOf(sample), sample.value]));
  const byName = new Map<string, Sample[]>();
  for (const sample of after) {
    const start = earlier.get(keyOf(sample)) ?? 0;
    // A counter that is smaller than before belongs to a service that was started again.
    const value = sample.value >= start ? sample.value - start : sample.value;
    const list = byName.get(sample.name) ?? [];
    list.push({ ...sample, value });
    byName.set(sample.name, list);
  }
  return (name, matches = () => true) => byName.get(name)?.filter((sample) => matches(sample.labels));
}

function keyOf(sample: Sample): string {
  return JSON.stringify([sample.name, ...Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function measuresOf(gains: Gains): Measure[] {
  const measures: Measure[] = [];
  const add = (metric: MetricName, statistic: Statistic, value: number | undefined, count: number | undefined) => {
    if (value !== undefined && Number.isFinite(value)) measures.push({ metric, statistic, value, count: count ?? 0 });
  };
  const sum = (name: string, matches?: (labels: Attributes) => boolean) => total(gains(name, matches));
  const requests = sum("http_request_duration_seconds_count", isLoad);

  const meanMs = (metric: MetricName, histogram: string) => {
    const count = sum(`${histogram}_count`);
    add(metric, "mean", ratio(sum(`${histogram}_sum`), count, 1000), count);
  };
  meanMs("db_query_duration", "database_query_duration_seconds");
  meanMs("redis_command_duration", "redis_command_duration_seconds");
  meanMs("cache_hit_duration", "cache_hit_duration_seconds");

  const lookups = gains("cache_requests_total");
  const general = hitsOf(lookups?.filter((sample) => sample.labels["cache"] !== "llm"));
  add("cache_hit_ratio", "value", ratio(general?.hits, general?.lookups), general?.lookups);
  const llm = hitsOf(lookups?.filter((sample) => sample.labels["cache"] === "llm"));
  add("llm_cache_hit_ratio", "value", ratio(llm?.hits, llm?.lookups), llm?.lookups);

  add("slow_queries", "value", sum("slow_queries_total"), sum("database_query_duration_seconds_count"));
  add("slow_requests", "value", sum("slow_requests_total"), requests);
  add("db_statements_per_request", "mean", ratio(sum("db_statements_total"), requests), requests);
  add(
    "audit_share",
    "value",
    ratio(sum("audit_call_seconds_total"), sum("http_request_duration_seconds_sum", isLoad)),
    requests,
  );
  // Requests that need the provider look into its cache first; where no such cache shows, all requests are taken.
  const wanting = llm === undefined || llm.lookups === 0 ? requests : llm.lookups;
  add("llm_calls_per_request", "mean", ratio(sum("llm_call_duration_seconds_count"), wanting), wanting);
  return measures;
}

/**
 * Look-ups and hits over the levels of each cache: every look-up begins at the first level, and what misses there may
 * still hit in the second. Some entries of a cache have but one level, so misses of the last one would not count all.
 */
function hitsOf(samples: readonly Sample[] | undefined): { hits: number; lookups: number } | undefined {
  if (samples === undefined || samples.length === 0) return undefined;
  let hits = 0;
  let lookups = 0;
  for (const cache of new Set(samples.map((sample) => sample.labels["cache"]))) {
    const own = samples.filter((sample) => sample.labels["cache"] === cache);
    const firstLevel = own.map((sample) => sample.labels["level"] ?? "").sort()[0];
    hits += total(own.filter((sample) => sample.labels["result"] === "hit")) ?? 0;
    lookups += total(own.filter((sample) => (sample.labels["level"] ?? "") === firstLevel)) ?? 0;
  }
  return { hits, lookups };
}

function requestsOf(gains: Gains): ServiceRequests[] | undefined {
  return gains("http_request_duration_seconds_count", isLoad)
    ?.map(({ labels, value }) => ({
      method: labels["method"] ?? "",
      endpoint: labels["endpoint"] ?? "",
      status: labels["status"] ?? "",
      count: value,
    }))
    .filter(({ count }) => count > 0);
}

function modeOf(after: readonly Sample[]): string[] {
  const info = after.find((sample) => sample.name === "service_info")?.labels ?? {};
  const sentences: string[] = [];
  const { node_env: nodeEnv, log_level: logLevel, inspector } = info;
  if (nodeEnv !== undefined && nodeEnv !== "production") sentences.push(`NODE_ENV is "${nodeEnv}"`);
  if (logLevel === "debug" || logLevel === "trace") sentences.push(`it logs at level ${logLevel}`);
  if (inspector !== undefined && !["", "0", "false", "off", "no"].includes(inspector)) {
    sentences.push("its inspector is open");
  }
  return sentences;
}

function isLoad(labels: Attributes): boolean {
  return !OUR_OWN.has(labels["endpoint"] ?? "");
}

function total(samples: readonly Sample[] | undefined): number | undefined {
  return samples === undefined || samples.length === 0
    ? undefined
    : samples.reduce((sum, sample) => sum + sample.value, 0);
}

function ratio(part: number | undefined, whole: number | undefined, factor = 1): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : (part / whole) * factor;
}
