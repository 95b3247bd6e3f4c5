import inspector from "node:inspector";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Settings } from "../settings.ts";

/** Every metric of the service, under the names of SOC-13. All durations are seconds. */
export function createMetrics(settings: Settings): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "service_info",
    help: "1; how this process was started",
    labelNames: ["node_env", "log_level", "inspector"],
    registers,
    collect() {
      // Read at each scrape: an inspector can be attached to a process that already runs.
      this.reset();
      const attached = inspector.url() === undefined ? "off" : "on";
      this.set({ node_env: settings.nodeEnv, log_level: settings.logLevel, inspector: attached }, 1);
    },
  });
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const work = { tokensVerified: 0, rateLimitChecks: 0, logLines: 0, etags: 0 };
  counted(registry, "tokens_verified_total", "Access tokens whose signature was verified", () => work.tokensVerified);
  counted(registry, "rate_limit_checks_total", "Requests that the rate limiter looked at", () => work.rateLimitChecks);
  counted(registry, "request_log_lines_total", "Lines of the request log", () => work.logLines);
  counted(registry, "etag_responses_total", "Responses with an ETag, 304 among them", () => work.etags);
  let liveHeap: Gauge | undefined;
  return {
    registry,
    work,
    requestSeconds: new Histogram({
      name: "http_request_duration_seconds",
      help: "Time from the request's head to the last byte of the response",
      labelNames: ["method", "endpoint", "status"],
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 30],
      registers,
    }),
    querySeconds: new Histogram({
      name: "database_query_duration_seconds",
      help: "Time of one SQL statement, without waiting for a connection",
      labelNames: ["query_type"],
      buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      registers,
    }),
    llmSeconds: new Histogram({
      name: "llm_call_duration_seconds",
      help: "Time of one call of the LLM provider, to its last token",
      labelNames: ["provider"],
      buckets: [0.05, 0.1, 0.2, 0.5, 0.8, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 30, 60],
      registers,
    }),
    redisSeconds: new Histogram({
      name: "redis_command_duration_seconds",
      help: "Time of one Redis command, from the call to its answer",
      labelNames: ["command"],
      buckets: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
      registers,
    }),
    cacheRequests: new Counter({
      name: "cache_requests_total",
      help: "Look-ups in a cache, by level and result",
      labelNames: ["cache", "level", "result"],
      registers,
    }),
    cacheHitSeconds: new Histogram({
      name: "cache_hit_duration_seconds",
      help: "Time of a look-up that hit",
      labelNames: ["cache", "level"],
      buckets: [0.000001, 0.000005, 0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1],
      registers,
    }),
    poolConnections: new Gauge({
      name: "db_pool_connections",
      help: "Connections of the pool in use and idle, and requests waiting for one",
      labelNames: ["state"],
      registers,
    }),
    poolMax: new Gauge({ name: "db_pool_max", help: "Most connections that the pool may open", registers }),
    liveHeap(bytes) {
      liveHeap ??= new Gauge({
        name: "nodejs_heap_live_bytes",
        help: "Heap that was alive after the last collection of all garbage (LIVE_HEAP_SECONDS)",
        registers,
      });
      liveHeap.set(bytes);
    },
    breakerState: new Gauge({
      name: "circuit_breaker_state",
      help: "0 closed, 1 half open, 2 open",
      labelNames: ["provider"],
      registers,
    }),
    statements: counter("db_statements_total", "SQL statements sent"),
    poolTimeouts: counter("db_pool_acquire_timeouts_total", "Requests that got no connection in time"),
    slowQueries: counter("slow_queries_total", "SQL statements slower than SLOW_QUERY_MS"),
    slowRequests: counter("slow_requests_total", "Requests slower than SLOW_REQUEST_MS"),
    rateLimited: counter("rate_limited_total", "Requests answered with 429"),
    shed: counter("load_shed_total", "Requests answered with 503 because the event loop was too late"),
    auditEvents: counter("audit_events_total", "Audit events recorded"),
    auditBatches: counter("audit_batches_total", "Audit batches written"),
    auditDropped: counter("audit_dropped_total", "Audit events lost because the buffer was full"),
    auditCallSeconds: counter("audit_call_seconds_total", "Time that requests spent in the audit call"),
    logLinesDropped: counter("log_lines_dropped_total", "Log lines lost because nobody read them in time"),
  };
}

/** A counter over a plain number: for what every request does, where a counter's own bookkeeping would show. */
function counted(registry: Registry, name: string, help: string, value: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}

export interface Metrics {
  readonly registry: Registry;
  /** Counted by whoever does the work; read at each scrape. */
  readonly work: { tokensVerified: number; rateLimitChecks: number; logLines: number; etags: number };
  readonly requestSeconds: Histogram<"method" | "endpoint" | "status">;
  readonly querySeconds: Histogram<"query_type">;
  readonly llmSeconds: Histogram<"provider">;
  readonly redisSeconds: Histogram<"command">;
  readonly cacheRequests: Counter<"cache" | "level" | "result">;
  readonly cacheHitSeconds: Histogram<"cache" | "level">;
  readonly poolConnections: Gauge<"state">;
  readonly poolMax: Gauge;
  /** Absent from the metrics until it is called. */
  liveHeap(bytes: number): void;
  readonly breakerState: Gauge<"provider">;
  readonly statements: Counter;
  readonly poolTimeouts: Counter;
  readonly slowQueries: Counter;
  readonly slowRequests: Counter;
  readonly rateLimited: Counter;
  readonly shed: Counter;
  readonly auditEvents: Counter;
  readonly auditBatches: Counter;
  readonly auditDropped: Counter;
  readonly auditCallSeconds: Counter;
  readonly logLinesDropped: Counter;
}

export type CacheName = "response" | "query" | "embedding" | "llm" | "token";
export type CacheLevel = "l1" | "l2";

export interface CacheCounters {
  hit(milliseconds: number): void;
  miss(): void;
}

/** Counters of one cache level with their labels bound once: looking labels up costs more than the cache itself. */
export function cacheCounters(metrics: Metrics, cache: CacheName, level: CacheLevel): CacheCounters {
  const hits = metrics.cacheRequests.labels({ cache, level, result: "hit" });
  const misses = metrics.cacheRequests.labels({ cache, level, result: "miss" });
  const seconds = metrics.cacheHitSeconds.labels({ cache, level });
  // A series that exists from the start reads 0 and not "absent" before its first event.
  hits.inc(0);
  misses.inc(0);
  return {
    hit(milliseconds) {
      hits.inc();
      seconds.observe(milliseconds / 1000);
    },
    miss() {
      misses.inc();
    },
  };
}
