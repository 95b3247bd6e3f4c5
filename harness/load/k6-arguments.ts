/** The command line and the environment of a k6 run; pure. */

export interface OtlpEndpoint {
  /** "127.0.0.1:4318" */
  readonly host: string;
  /** With the run's secret: "/v1/metrics/3f…" */
  readonly path: string;
}

export interface K6RunEnvironment {
  /** Environment of the user. */
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly baseUrl: string;
  readonly canaryUrl: string;
  /** Left out where the summary alone is wanted. */
  readonly otlp?: OtlpEndpoint | undefined;
  /** Further variables that the script reads. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly meterUrl?: string;
  /** Absolute path for handleSummary. */
  readonly summaryFile: string;
  /** Where a script's own relative output files go. */
  readonly outputDirectory: string;
  /** Of the machine, when k6 starts. */
  readonly freeMemoryBytes: number;
}

export interface RunLimits {
  /** Address ranges that k6 may not connect to. */
  readonly denied: readonly string[];
  /** Requests per second, the canary's included; unlimited when left out. */
  readonly rps?: number;
}

/** Linux takes 128 KiB in one argument. */
const RANGES_AN_ARGUMENT = 1000;

/**
 * `script` is a path, or "-" for standard input. The empty config file keeps the user's own k6 defaults out. What stands
 * on the command line goes before every option of the script, so that no script can take it away. The REST API, through
 * which a run can be changed, is off.
 */
export function runArguments(
  script: string,
  configFile: string,
  limits: RunLimits,
  outputs: readonly string[] = ["opentelemetry"],
): readonly string[] {
  const blacklist: string[] = [];
  for (let at = 0; at < limits.denied.length; at += RANGES_AN_ARGUMENT) {
    blacklist.push("--blacklist-ip", limits.denied.slice(at, at + RANGES_AN_ARGUMENT).join(","));
  }
  const rps = limits.rps === undefined ? [] : ["--rps", String(limits.rps)];
  const quiet = ["--quiet", "--no-color", "--address", "", "--config", configFile];
  return ["run", ...quiet, ...blacklist, ...rps, ...outputs.flatMap((output) => ["--out", output]), script];
}

export function inspectArguments(script: string, more: { readonly requirements?: boolean } = {}): readonly string[] {
  const requirements = more.requirements === true ? ["--execution-requirements"] : [];
  return ["inspect", "--no-color", "--include-system-env-vars", ...requirements, script];
}

/**
 * Cumulative temporality repairs a lost export with the next one, exponential histograms keep percentiles: design
 * decision 3. K6_* and OTEL_* of the user would override what the plan says, and proxies lead past the guard; everything
 * else passes through, because scripts read it as `__ENV`.
 */
export function runEnvironment(of: K6RunEnvironment): Readonly<Record<string, string>> {
  return {
    ...collectSeldom(of.freeMemoryBytes),
    ...scriptEnvironment(of.base, of.baseUrl),
    PROOFLOAD_CANARY_URL: of.canaryUrl,
    ...(of.meterUrl === undefined ? {} : { PROOFLOAD_METER_URL: of.meterUrl }),
    PROOFLOAD_SUMMARY: of.summaryFile,
    PROOFLOAD_OUTPUT: of.outputDirectory,
    ...(of.otlp === undefined ? {} : otlpEnvironment(of.otlp)),
    ...of.variables,
  };
}

/** What a k6 needs, besides `--out opentelemetry`, to send to a receiver of ours. */
export function otlpEnvironment(otlp: OtlpEndpoint): Readonly<Record<string, string>> {
  return {
    K6_OTEL_SERVICE_NAME: "k6",
    K6_OTEL_EXPORTER_PROTOCOL: "http/protobuf",
    K6_OTEL_HTTP_EXPORTER_ENDPOINT: otlp.host,
    K6_OTEL_HTTP_EXPORTER_INSECURE: "true",
    K6_OTEL_HTTP_EXPORTER_URL_PATH: otlp.path,
    // Shorter than the export interval: where both are 1 s they race, and the windows of a second hold 0.5 to 2 seconds.
    K6_OTEL_FLUSH_INTERVAL: "200ms",
    K6_OTEL_EXPORT_INTERVAL: "1s",
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "cumulative",
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
  };
}

/**
 * Go's default collects when the heap has doubled, and each collection of hundreds of MB of VUs holds both cores of a
 * small machine: at 2,000 requests/s start lag p99 15 ms instead of 1.5, a p99 of 6 ms instead of 2. Half of the free
 * memory is the bound, from which on it collects as often as it must. The user's own GOGC and GOMEMLIMIT hold.
 */
function collectSeldom(freeMemoryBytes: number): Readonly<Record<string, string>> {
  return { GOGC: "400", GOMEMLIMIT: `${Math.floor(freeMemoryBytes / 2 / 2 ** 20)}MiB` };
}

/** What a script sees while it is only looked at. */
export function scriptEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  baseUrl: string,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined) continue;
    if (/^(K6_|OTEL_|PROOFLOAD_)/.test(name)) continue;
    // k6 would send through it to wherever it leads: the guard sees the proxy's address alone.
    if (/^(https?|all|no|ftp)_proxy$/i.test(name)) continue;
    kept[name] = value;
  }
  return {
    ...kept,
    PROOFLOAD_BASE_URL: baseUrl,
    K6_NO_USAGE_REPORT: "true",
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    K6_NO_COLOR: "true",
  };
}
