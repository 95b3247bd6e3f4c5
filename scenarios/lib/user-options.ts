/** Adds what the harness needs to the options of an unchanged k6 script; harness/load/user-options.ts computes `ours`. */
type Options = Readonly<Record<string, unknown>>;
type Named<Value> = Readonly<Record<string, Value>>;

interface Ours {
  readonly scenarios: Named<Options>;
  readonly canary: Options;
  readonly thresholds: Named<readonly unknown[]>;
  readonly summaryTrendStats: readonly string[];
  readonly systemTags: readonly string[];
}

/** What `k6 run` would assume and `k6 inspect` does not: one VU, and one iteration where nothing says how many. */
export function withDefaults(theirs: Options): Options {
  if ("scenarios" in theirs || "stages" in theirs) return theirs;
  const once = "iterations" in theirs || "duration" in theirs ? undefined : { iterations: 1 };
  return { vus: 1, ...once, ...theirs };
}

/** Metrics that the canary's requests and iterations add to as well; what the script says of them means its own load. */
const SHARED: Named<string> = {
  http_reqs: "count>=0",
  http_req_failed: "rate>=0",
  http_req_duration: "max>=0",
  http_req_blocked: "max>=0",
  http_req_connecting: "max>=0",
  http_req_tls_handshaking: "max>=0",
  http_req_sending: "max>=0",
  http_req_waiting: "max>=0",
  http_req_receiving: "max>=0",
  iterations: "count>=0",
  iteration_duration: "max>=0",
  dropped_iterations: "count>=0",
  data_sent: "count>=0",
  data_received: "count>=0",
};
const OURS = ["latency", "ttft", "job_duration", "start_lag", "canary_latency"];
const MEASURED = "phase:measured";

/** @param summarised whether the script has a handleSummary of its own, which will want its own figures. */
export function withOurs(theirs: Options, ours: Ours, summarised: boolean): Options {
  // Stated as scenarios, the shortcuts would be a second load beside them.
  const { vus: _vus, duration: _duration, iterations: _iterations, stages: _stages, ...kept } = theirs;
  // Those that were looked at and held against the caps: what the script would say now may be something else.
  const { scenarios } = ours;
  const thresholds: { [metric: string]: readonly unknown[] } = { ...ours.thresholds };
  if (summarised) {
    for (const [metric, always] of Object.entries(SHARED)) thresholds[`${metric}{${MEASURED}}`] = [always];
  }
  for (const [written, theirOwn] of Object.entries((theirs["thresholds"] ?? {}) as Named<unknown>)) {
    const metric = ofTheirLoad(written);
    thresholds[metric] = [...(Array.isArray(theirOwn) ? theirOwn : [theirOwn]), ...(thresholds[metric] ?? [])];
  }
  const stats = (theirs["summaryTrendStats"] ?? []) as readonly string[];
  return {
    ...kept,
    scenarios: {
      ...Object.fromEntries(Object.entries(scenarios).map(([name, one]) => [name, measured(one)])),
      canary: ours.canary,
    },
    thresholds,
    summaryTrendStats: [...new Set([...stats, ...ours.summaryTrendStats])],
    systemTags: ours.systemTags,
  };
}

/** "http_req_duration{name:a}" → "http_req_duration{name:a,phase:measured}"; metrics of the script's own stay. */
function ofTheirLoad(metric: string): string {
  const [, name = "", selector = ""] = /^\s*([^{\s]+)\s*(?:\{(.*)\})?\s*$/.exec(metric) ?? [];
  if (!(name in SHARED)) return metric;
  return selector.trim() === "" ? `${name}{${MEASURED}}` : `${name}{${selector},${MEASURED}}`;
}

interface Summary {
  readonly metrics: Named<{ readonly values: unknown; readonly thresholds?: Named<unknown> }>;
}

/** k6's summary as the script would have got it without us: without the canary, and with its own thresholds' names. */
export function theirSummary<Data extends Summary>(data: Data): Data {
  const metrics: { [metric: string]: Summary["metrics"][string] } = {};
  const moved: typeof metrics = {};
  for (const [metric, values] of Object.entries(data.metrics)) {
    const [name = ""] = metric.split("{");
    if (OURS.includes(name) || metric.includes("phase:warmup") || metric.includes("scenario:canary")) continue;
    if (!metric.includes(MEASURED)) metrics[metric] = values;
    else if (name in SHARED) moved[metric.replace(`,${MEASURED}`, "").replace(`{${MEASURED}}`, "")] = values;
  }
  for (const [metric, { thresholds, ...rest }] of Object.entries(moved)) {
    const { [SHARED[metric] ?? ""]: _ours, ...theirs } = thresholds ?? {};
    metrics[metric] = Object.keys(theirs).length === 0 ? rest : { ...rest, thresholds: theirs };
  }
  return { ...data, metrics };
}

function measured(scenario: Options): Options {
  return { ...scenario, tags: { ...(scenario["tags"] as Options | undefined), phase: "measured" } };
}
