/**
 * The run record: everything that was measured, and nothing that was concluded. Saved before it is judged; from here
 * on no load is needed. Times in milliseconds unless the name says otherwise.
 */
import type { EnvironmentFacts, PartName } from "../environment/environment.ts";
import type { Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import type { DriveOutcome } from "../load/outcome.ts";
import type { WorkloadHash } from "../load/workload-hash.ts";
import type { HttpMethod } from "../plan/definition.ts";
import type { MetricName, Statistic } from "../plan/metrics.ts";
import type { MicroRecord } from "./micro-record.ts";

export interface RunRecord {
  readonly schema: "proofload/record/1";
  readonly runId: string;
  readonly suite: string;
  readonly createdAt: string;
  readonly proofloadVersion: string;
  readonly commit?: CommitRecord;
  /** True when another run shared the machine (--share-host). */
  readonly sharedHost: boolean;
  readonly fingerprint: Fingerprint;
  readonly scenarios: readonly ScenarioRecord[];
  /** What ended the run, where that is an answer about the service: memory that did not suffice. */
  readonly outOfMemory?: OutOfMemoryRecord;
  /** Micro-benchmarks, one entry for each subject. */
  readonly micro?: readonly MicroRecord[];
}

/** The git commit of a checkout. */
export interface CommitRecord {
  readonly sha: string;
  /** When it was committed, ISO 8601. */
  readonly time?: string;
  /** Whether the checkout had changes. */
  readonly dirty: boolean;
  /** The branch, where it was on one; in CI, which checks out a commit, the branch that CI names. */
  readonly branch?: string;
}

/** A part that the kernel ended at its memory limit. */
export interface OutOfMemoryRecord {
  readonly part: PartName;
  /** "killed by SIGKILL" */
  readonly how: string;
  readonly limitBytes: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The seed and the first start are of no scenario. */
  readonly scenario?: string;
  readonly during: "start" | "load";
  /** What it wrote last. */
  readonly lastLines: readonly string[];
}

export type Phase = "warmup" | "measured" | "setup";

export interface ScenarioRecord {
  readonly name: string;
  readonly title: string;
  readonly target: string;
  readonly environment: EnvironmentFacts;
  readonly outcome: DriveOutcome;
  readonly workload: WorkloadHash;
  readonly warmupSeconds: number;
  /** Length of the measured phase as it really was. */
  readonly measuredSeconds: number;
  readonly endpoints: readonly EndpointRecord[];
  /** Successful requests of all endpoints together in the measured phase, for budgets on the scenario as a whole. */
  readonly latency?: { readonly latency: LatencySummary; readonly histogram?: HistogramRecord };
  readonly iterations: readonly StreamIterations[];
  readonly checks: readonly CheckRecord[];
  /** Everything that tells whether the instrument was sound. */
  readonly instrument: InstrumentRecord;
  readonly books: BooksRecord;
  /** Scenario-wide measures: service_rss.max, db_query_duration.mean, … */
  readonly measures: readonly Measure[];
  /** One line per second and endpoint, measured and warm-up alike. */
  readonly series: readonly EndpointWindow[];
  /** Load generator over time, one entry per second. */
  readonly progress: readonly ProgressPoint[];
  readonly resources: readonly ResourceSeries[];
}

export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  /** Absent in records of earlier versions. */
  readonly p75?: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

export interface EndpointRecord {
  readonly endpoint: string;
  readonly phase: Phase;
  readonly class?: string;
  readonly method?: HttpMethod;
  readonly path?: string;
  readonly requests: number;
  /** Requests whose status was not expected, that got no answer, or whose body failed its check. */
  readonly failed: number;
  /** Iterations dropped on account of this endpoint (its share of the stream's drops, rounded up). */
  readonly dropped: number;
  /** HTTP status → requests; "0" is "no answer". */
  readonly byStatus: Readonly<Record<string, number>>;
  /** k6's error codes of failed requests → count ("1050": timeout, …). */
  readonly byError: Readonly<Record<string, number>>;
  /** Exact, from k6's summary; only in the measured phase, only over successful requests. */
  readonly latency?: LatencySummary;
  /** "exact" where the percentiles above are k6's own, "histogram" where they are upper bucket edges. */
  readonly source: "exact" | "histogram";
  readonly histogram?: HistogramRecord;
}

/**
 * Exponential histogram as in OpenTelemetry: bucket i holds values in (base^(offset+i), base^(offset+i+1)],
 * base = 2^(2^-scale). https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export interface HistogramRecord {
  readonly scale: number;
  readonly offset: number;
  readonly counts: readonly number[];
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface StreamIterations {
  readonly stream: string;
  readonly model: string;
  /** Arrivals that the schedule held in the measured phase; absent for closed models. */
  readonly planned?: number;
  readonly completed: number;
  readonly dropped: number;
  readonly interrupted: number;
  /** maxVUs of the measured phase, and how many the rate needs: rate × (largest max budget + 1 s). */
  readonly vus: number;
  readonly vusNeeded?: number;
}

export interface CheckRecord {
  readonly name: string;
  readonly endpoint?: string;
  readonly passes: number;
  readonly fails: number;
}

export interface InstrumentRecord {
  /** Fixed responder in a process of its own, asked from the same k6 process. */
  readonly canary?: {
    readonly count: number;
    readonly failed: number;
    readonly dropped: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  /** Actual minus intended start of iterations, until the first drop. */
  readonly startLag?: { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number };
  readonly generator: {
    /** CPU seconds that k6 used, and the cores that quota and cpuset allow it. */
    readonly cpuSeconds: number;
    readonly wallSeconds: number;
    readonly allowedCores: number;
    /** cgroup periods of k6, and how many of them were throttled; absent where there is no quota. */
    readonly periods?: number;
    readonly throttledPeriods?: number;
    /** Seconds that k6's threads were runnable but had no core (/proc/…/schedstat), where the kernel tells. */
    readonly waitSeconds?: number;
    /** Share of the CPU that k6 may use which was taken by processes that are no part of this run, 0…1. */
    readonly foreignShare?: number;
    readonly peakRssBytes: number;
  };
  /** Series that k6 folded together because there were more than its exporter's limit. */
  readonly overflowSeries: number;
  /** Did the service run as in production (no inspector, no debug log)? Sentences for what did not. */
  readonly serviceMode: readonly string[];
}

/** What one side counted against what the other did. */
export interface BooksRecord {
  /** k6's summary against the raw log, per metric. */
  readonly lines: readonly { readonly metric: string; readonly k6: number; readonly log: number }[];
  /** Per endpoint and status: k6's count against the service's own; absent where the service has no counters. */
  readonly service?: readonly {
    readonly endpoint: string;
    readonly status: string;
    readonly k6: number;
    readonly service: number;
  }[];
  /** Records of the raw log that were damaged, and exports that were refused. */
  readonly damaged: number;
  readonly refused: number;
  /** What became of the samples on their way to the database; absent where nothing was streamed. */
  readonly stream?: StreamBooks;
}

/** sent = written + rejected + pending, for every metric. */
export interface StreamBooks {
  /** "InfluxDB 2.7.12"; absent when it did not answer. */
  readonly database?: string;
  readonly bucket: string;
  readonly lines: readonly StreamBooksLine[];
  /** Lines of the run that the database refused, and its first reasons. They are kept in rejected.jsonl. */
  readonly rejectedLines: number;
  readonly reasons: readonly string[];
  /** Series that found no room of their own in the database: which tags had too many values. */
  readonly overflow?: SeriesOverflowRecord;
  /** Why not everything was written or read back. */
  readonly trouble?: string;
}

export interface StreamBooksLine {
  readonly metric: string;
  /** k6's own count. */
  readonly sent: number;
  /** Read back from the database; absent when it could not be asked. */
  readonly written?: number;
  readonly rejected: number;
  /** Still in the log: `proofload stream` sends it. */
  readonly pending: number;
}

export interface SeriesOverflowRecord {
  readonly series: number;
  readonly tags: readonly { readonly tag: string; readonly values: number; readonly examples: readonly string[] }[];
}

export interface Measure {
  readonly metric: MetricName;
  readonly statistic: Statistic;
  /** In the metric's unit. */
  readonly value: number;
  /** Samples behind it. */
  readonly count: number;
  /** Present where it belongs to one endpoint. */
  readonly endpoint?: string;
  /** Where it was measured more than once, and did not come out the same: the smallest and the largest. */
  readonly range?: { readonly lower: number; readonly upper: number };
  /** What it is made of, in words: "11 × SELECT count(*) …". */
  readonly evidence?: string;
}

export interface EndpointWindow {
  readonly endpoint: string;
  readonly phase: Phase;
  /** Seconds since the start of load; the window is [second, second + 1). */
  readonly second: number;
  readonly requests: number;
  readonly failed: number;
  /** Upper bucket edges, only over successful requests. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
}

export interface ProgressPoint {
  readonly second: number;
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
  readonly vus: number;
}

export interface ResourceSeries {
  /** service, postgres, redis, k6, harness, canary, machine */
  readonly part: string;
  /** cpu (cores), rss (bytes), pool_in_use, pool_waiting, event_loop_delay (ms), cache_hit_ratio, … */
  readonly metric: string;
  /** [seconds since the start of load, value] */
  readonly points: readonly (readonly [number, number])[];
}
