/**
 * What proofload writes to InfluxDB: every measurement, tag and field, once. Points, read-back, dashboards and the
 * documentation take their names, kinds and units from here. Times are milliseconds, sizes bytes, unless the unit says
 * otherwise. A field has one kind for ever: InfluxDB refuses a point whose field changes from integer to float.
 */

export type FieldKind = "integer" | "float" | "string";

export interface FieldSpec {
  readonly kind: FieldKind;
  /** Grafana's unit id: "short", "ms", "bytes", "percentunit", "reqps", … */
  readonly unit: string;
  readonly about: string;
}

export interface MeasurementSpec {
  readonly about: string;
  readonly tags: readonly TagName[];
  readonly fields: Readonly<Record<string, FieldSpec>>;
}

/** Every tag that may ever be written. None of them takes a URL, a token, an e-mail address or an id of a user. */
export const TAGS = {
  run: "id of the run",
  target: "the system under test's definition",
  suite: "suite, or the scenarios as they were given",
  scenario: "one load profile of proofload",
  stream: "one k6 scenario inside it, without its warm-up suffix",
  endpoint: "name of the endpoint: a route template, never a URL",
  phase: "measured, warmup, setup or canary; where measured alone is told apart, the rest has none",
  status_class: "2xx, 3xx, 4xx, 5xx or none",
  kind: "what kind: of an error (k6's error code, a status, check), of an annotation, of a metric",
  metric: "name of a metric of the script, or of a budget",
  statistic: "p95, mean, rate, … of a budget",
  check: "name of a check",
  part: "service, postgres, redis, k6, harness, canary or machine",
  subject: "one micro-benchmark file",
  bench: "one benchmark in it, with its size where there is a sweep",
} as const;

export type TagName = keyof typeof TAGS;

/**
 * Upper edges of the buckets of a heat map, milliseconds: powers of two, so that exponential histograms of any scale ≥ 0
 * fall into them without rounding. What is above the last one goes to `le_inf`. Counts are per bucket, not cumulative;
 * an empty bucket is not written.
 */
export const BUCKET_EDGES_MS: readonly number[] = Array.from({ length: 20 }, (_, index) => 2 ** (index - 3));

export type BucketField = `le_${string}`;

/** "le_0.125", "le_64", "le_inf" */
export function bucketField(edge: number | undefined): BucketField {
  return edge === undefined ? "le_inf" : `le_${edge}`;
}

const count = (about: string): FieldSpec => ({ kind: "integer", unit: "short", about });
const ms = (about: string): FieldSpec => ({ kind: "float", unit: "ms", about });
const relative: FieldSpec = {
  kind: "integer",
  unit: "ms",
  about: "milliseconds since the start of load, so that runs can be laid over each other",
};

/** Of the values of one window; percentiles are upper bucket edges of the merged exponential histograms. */
const distribution = {
  count: count("values"),
  sum: ms("sum of the values"),
  min: ms("smallest value"),
  max: ms("largest value"),
  p50: ms("median"),
  p90: ms("90th percentile"),
  p95: ms("95th percentile"),
  p99: ms("99th percentile"),
} as const satisfies Record<string, FieldSpec>;

const buckets: Readonly<Record<BucketField, FieldSpec>> = Object.fromEntries(
  [...BUCKET_EDGES_MS, undefined].map((edge) => [
    bucketField(edge),
    count(edge === undefined ? "values above the last edge" : `values up to ${edge} ms, above the edge before`),
  ]),
);

/**
 * Of one load window: one second. A run has 1,000 series for all its scenarios: the measured phase is told as finely as
 * can be, warm-up and setup are not, and nothing is told twice.
 */
const WINDOW = ["run", "target", "scenario"] as const satisfies readonly TagName[];

export const MEASUREMENTS = {
  requests: {
    about:
      "HTTP requests by endpoint and status class, one point a second: k6's http_reqs and http_req_duration; " +
      "of warm-up and setup all endpoints together",
    tags: [...WINDOW, "endpoint", "phase", "status_class"],
    fields: {
      ...distribution,
      ...buckets,
      count: count("requests"),
      errors: count("requests that failed: unexpected status, no answer, or a body that failed its check"),
      duration_count: count("requests with a duration"),
      rel_ms: relative,
    },
  },
  latency: {
    about:
      "latency of successful requests by endpoint, one point a second: what budgets are on; " +
      "of warm-up and setup all endpoints together",
    tags: [...WINDOW, "endpoint", "phase"],
    fields: { ...distribution, ...buckets, rel_ms: relative },
  },
  errors: {
    about: "failed requests by kind of error; by endpoint they are in requests",
    tags: [...WINDOW, "phase", "kind"],
    fields: { count: count("failed requests of this kind"), rel_ms: relative },
  },
  timings: {
    about: "where the time of a request goes, by phase: blocked, connecting, TLS, sending, waiting, receiving",
    tags: [...WINDOW, "phase"],
    fields: {
      ...timing("blocked"),
      ...timing("connecting"),
      ...timing("tls_handshaking"),
      ...timing("sending"),
      ...timing("waiting"),
      ...timing("receiving"),
      ...timing("scheduled"),
      rel_ms: relative,
    },
  },
  iterations: {
    about: "iterations by stream: completed, dropped, and how long they took; of the warm-up all streams together",
    tags: [...WINDOW, "stream", "phase"],
    fields: {
      ...distribution,
      count: count("iterations completed"),
      duration_count: count("iterations with a duration"),
      dropped: count("iterations that k6 could not start"),
      rel_ms: relative,
    },
  },
  checks: {
    about: "checks of the script; those of answers' bodies, one for each endpoint of ours, together as `body`",
    tags: [...WINDOW, "endpoint", "check"],
    fields: { passes: count("checks that held"), fails: count("checks that did not"), rel_ms: relative },
  },
  trends: {
    about:
      "trends of the script (ttft, job_duration, …) that are none of the above; those of the instrument have no phase",
    tags: [...WINDOW, "endpoint", "phase", "metric"],
    fields: { ...distribution, rel_ms: relative },
  },
  rates: {
    about: "rates of k6 and of the script, checks apart",
    tags: [...WINDOW, "metric"],
    fields: { passes: count("samples that were not zero"), fails: count("samples that were zero"), rel_ms: relative },
  },
  counters: {
    about: "counters that are none of the above: data_sent, data_received, the script's own",
    tags: [...WINDOW, "metric"],
    fields: { value: { kind: "float", unit: "short", about: "what was added in this second" }, rel_ms: relative },
  },
  gauges: {
    about: "gauges: vus, vus_max, the script's own",
    tags: [...WINDOW, "metric"],
    fields: { value: { kind: "float", unit: "short", about: "newest value" }, rel_ms: relative },
  },
  resources: {
    about: "CPU, memory and the service's own gauges by part",
    tags: [...WINDOW, "part"],
    fields: {
      cpu: { kind: "float", unit: "short", about: "cores in use" },
      rss: { kind: "float", unit: "bytes", about: "resident memory" },
      foreign_cpu: { kind: "float", unit: "short", about: "machine: cores in use by others than this run" },
      stolen_cpu: { kind: "float", unit: "short", about: "machine: cores taken by other virtual machines" },
      memory: { kind: "float", unit: "bytes", about: "memory of the container without page cache" },
      memory_peak: { kind: "float", unit: "bytes", about: "largest so far, page cache included" },
      throttled_share: { kind: "float", unit: "percentunit", about: "share of scheduling periods that were throttled" },
      memory_limit: { kind: "float", unit: "bytes", about: "memory that the part may use" },
      cpu_limit: { kind: "float", unit: "short", about: "cores that the part may use" },
      pool_in_use: { kind: "float", unit: "short", about: "connections of the pool in use" },
      pool_waiting: { kind: "float", unit: "short", about: "requests that wait for a connection" },
      pool_size: { kind: "float", unit: "short", about: "connections of the pool" },
      event_loop_delay: { kind: "float", unit: "ms", about: "p99 of the event loop's delay" },
      cache_hit_ratio: { kind: "float", unit: "percentunit", about: "share of look-ups that the cache answered" },
      db_query_duration: { kind: "float", unit: "ms", about: "mean time of a query" },
      heap_used: { kind: "float", unit: "bytes", about: "JavaScript heap in use" },
      rel_ms: relative,
    },
  },
  budgets: {
    about: "limits of the plan, one point every ten seconds of load, so that panels can draw them",
    tags: [...WINDOW, "endpoint", "metric", "statistic"],
    fields: {
      limit: { kind: "float", unit: "short", about: "the limit, in the metric's unit (ms, bytes, ratio, 1/s)" },
      rel_ms: relative,
    },
  },
  summary: {
    about: "one point per run, scenario and endpoint at the time of the commit that was measured: the trend",
    tags: ["run", "target", "suite", "scenario", "endpoint"],
    fields: {
      requests: count("measured requests"),
      failed: count("of them failed"),
      error_rate: { kind: "float", unit: "percentunit", about: "failed and dropped over all" },
      rate: { kind: "float", unit: "reqps", about: "requests per second over the measured phase" },
      mean: ms("mean latency"),
      p50: ms("median latency, exact"),
      p90: ms("90th percentile, exact"),
      p95: ms("95th percentile, exact"),
      p99: ms("99th percentile, exact"),
      max: ms("largest latency, exact"),
      rss_max: { kind: "float", unit: "bytes", about: "service: most resident memory (on the scenario's own point)" },
      commit: { kind: "string", unit: "string", about: "commit of the checkout" },
      started: { kind: "string", unit: "string", about: "when the run was made, ISO 8601" },
    },
  },
  verdicts: {
    about: "one point per run and scenario at the time of the run: the history of verdicts",
    tags: ["run", "target", "suite", "scenario"],
    fields: {
      verdict: { kind: "string", unit: "string", about: "PASS, FAIL, INCONCLUSIVE or INVALID" },
      code: { kind: "integer", unit: "short", about: "0 PASS, 1 FAIL, 2 INCONCLUSIVE, 3 INVALID" },
      reasons: { kind: "string", unit: "string", about: "why, one sentence after the other" },
      commit: { kind: "string", unit: "string", about: "commit of the checkout" },
    },
  },
  micro: {
    about: "one point per run and micro-benchmark at the time of the commit that was measured",
    tags: ["run", "target", "subject", "bench"],
    fields: {
      mean: { kind: "float", unit: "ns", about: "mean time of an operation" },
      min: { kind: "float", unit: "ns", about: "shortest" },
      p50: { kind: "float", unit: "ns", about: "median" },
      p95: { kind: "float", unit: "ns", about: "95th percentile" },
      p99: { kind: "float", unit: "ns", about: "99th percentile" },
      bytes: { kind: "float", unit: "bytes", about: "heap bytes per operation" },
      gc_ns: { kind: "float", unit: "ns", about: "time in garbage collection while it was timed" },
      peak_rss: { kind: "float", unit: "bytes", about: "largest resident memory of its process" },
      size: { kind: "integer", unit: "short", about: "size of the sweep" },
      commit: { kind: "string", unit: "string", about: "commit of the checkout" },
    },
  },
  annotations: {
    about: "moments to remember: runs, deployments, change points",
    tags: ["run", "target", "kind"],
    fields: {
      title: { kind: "string", unit: "string", about: "a few words" },
      text: { kind: "string", unit: "string", about: "a sentence" },
    },
  },
} as const satisfies Record<string, MeasurementSpec>;

export type MeasurementName = keyof typeof MEASUREMENTS;

function timing<Name extends string>(name: Name) {
  return {
    [`${name}_count`]: count(`values of http_req_${name}`),
    [`${name}_sum`]: ms(`sum of http_req_${name}`),
    [`${name}_p50`]: ms(`median of http_req_${name}`),
    [`${name}_p95`]: ms(`95th percentile of http_req_${name}`),
    [`${name}_max`]: ms(`largest http_req_${name}`),
  } as Record<`${Name}_${"count" | "sum" | "p50" | "p95" | "max"}`, FieldSpec>;
}
