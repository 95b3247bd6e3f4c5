import { endpointOf, isCanary, phaseOf, type ScriptKind, streamOf } from "../labels.ts";
import type { Attributes, Point as OtlpPoint } from "../otlp.ts";
import { errorOf, isLatency, isOverflow } from "../series-selection.ts";
import type { MeasurementName, TagName } from "./measurements.ts";

/** Takes the place of what a budget left out. */
export const OTHER = "__other__";

export type Tags = Readonly<Partial<Record<TagName, string>>>;

/** How a series of k6 enters a field: by what it gained, by the values it gained, or by its newest value. */
export type Part =
  | { readonly how: "count"; readonly field: string }
  | { readonly how: "values"; readonly of: Distribution }
  | { readonly how: "newest"; readonly field: string };

/** The distributions that a measurement holds: one with a count of its own name, or those of `timings`. */
export type Distribution = "count" | "duration_count" | Timing;

const TIMINGS = ["blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving"] as const;
export type Timing = (typeof TIMINGS)[number];

export interface Route {
  readonly measurement: MeasurementName;
  readonly tags: Tags;
  readonly part: Part;
}

type Source = Pick<OtlpPoint, "metric" | "kind" | "attributes">;

/**
 * Where a series of k6 goes, without the tags that all points of a scenario share. Most go to one place. Series are few
 * (`MEASUREMENTS` says why): what is not of the measured phase is not told apart by endpoint or stream.
 */
export function routesOf({ metric, kind, attributes }: Source, script: ScriptKind): Route[] {
  const labels = isOverflow(attributes) ? folded(metric) : labelsOf(metric, attributes, script);
  const { endpoint, phase, stream } = labels;
  const to = (measurement: MeasurementName, tags: Tags, part: Part): Route => ({ measurement, tags, part });
  if (kind === "gauge") return [to("gauges", { metric: labels.metric }, { how: "newest", field: "value" })];
  if (kind === "histogram") {
    // Our own trend is counted whole; durations are latencies where they are the service's.
    const latency = isLatency(metric, attributes, script) && (metric === "latency" || !isCanary(attributes));
    const toLatency = latency ? [to("latency", { endpoint, phase }, values("count"))] : [];
    if (metric === "http_req_duration") {
      return [
        to("requests", { endpoint, phase, status_class: labels.statusClass }, values("duration_count")),
        ...toLatency,
      ];
    }
    const timing = timingOf(metric);
    if (timing !== undefined) return [to("timings", phase === "measured" ? { phase } : {}, values(timing))];
    if (metric === "iteration_duration") return [to("iterations", { stream, phase }, values("duration_count"))];
    if (latency) return toLatency;
    const own = WHOLE.has(metric) ? {} : { endpoint, phase };
    return [to("trends", { ...own, metric: labels.metric }, values("count"))];
  }
  if (metric === "http_reqs") {
    return [to("requests", { endpoint, phase, status_class: labels.statusClass }, counts("count"))];
  }
  if (metric === "iterations") return [to("iterations", { stream, phase }, counts("count"))];
  if (metric === "dropped_iterations") return [to("iterations", { stream, phase }, counts("dropped"))];
  const outcome = counts(attributes["condition"] === "zero" ? "fails" : "passes");
  const error = metric === "checks.total" && script === "k6" ? undefined : errorOf(metric, attributes);
  const failed =
    error === undefined
      ? []
      : [
          to("requests", { endpoint, phase, status_class: labels.statusClass }, counts("errors")),
          to("errors", { phase, kind: error }, counts("count")),
        ];
  if (metric === "checks.total") return [to("checks", checkOf(attributes, labels, script), outcome), ...failed];
  if (metric.endsWith(".total")) return [to("rates", { metric: labels.metric }, outcome), ...failed];
  return [to("counters", { metric: labels.metric }, counts("value"))];
}

/**
 * Trends of which a scenario has one series: what says how the instrument did, and latency from the intended start, which is
 * `latency` again as long as iterations start on time. By endpoint it is in the record.
 */
const WHOLE: ReadonlySet<string> = new Set(["start_lag", "canary_latency", "scheduled_latency"]);

/** Each endpoint of ours has a check of its own for the body of its answers; which one failed, `requests` says. */
function checkOf(attributes: Attributes, { check, endpoint }: Labels, script: ScriptKind): Tags {
  return script === "proofload" && check === `${attributes["name"]}: body` ? { check: "body" } : { endpoint, check };
}

/** "http_req_waiting" → "waiting" */
export function timingOf(metric: string): Timing | undefined {
  return TIMINGS.find((timing) => metric === `http_req_${timing}`);
}

interface Labels {
  readonly endpoint: string;
  readonly phase: string;
  readonly stream: string;
  readonly statusClass: string;
  readonly check: string;
  readonly metric: string;
}

function labelsOf(metric: string, attributes: Attributes, script: ScriptKind): Labels {
  const phase = isCanary(attributes) ? "canary" : phaseOf(attributes, script);
  const isPreparation = phase === "warmup" || phase === "setup";
  return {
    endpoint: isPreparation ? "" : endpointOf(attributes),
    phase,
    stream: isPreparation ? "" : streamOf(attributes, script),
    statusClass: statusClass(metric, attributes["status"]),
    check: attributes["check"] ?? "",
    // k6 sends a rate named x as a counter x.total.
    metric: metric.replace(/\.total$/, ""),
  };
}

/** What k6's exporter, or the point maker, put together has lost its labels. */
function folded(metric: string): Labels {
  const other = { endpoint: OTHER, phase: OTHER, stream: OTHER, statusClass: OTHER, check: OTHER };
  return { ...other, metric: metric.replace(/\.total$/, "") };
}

/** A body is looked at where the status was the expected one; which, the check does not say. */
function statusClass(metric: string, status: string | undefined): string {
  if (metric === "checks.total") return "2xx";
  return status !== undefined && /^[1-5]\d\d$/.test(status) ? `${status[0]}xx` : "none";
}

function counts(field: string): Part {
  return { how: "count", field };
}

function values(of: Distribution): Part {
  return { how: "values", of };
}
