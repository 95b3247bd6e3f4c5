import type { HttpMethod } from "../plan/definition.ts";
import type { EndpointPlan, ScenarioPlan } from "../plan/plan.ts";
import type { Aggregate, EndpointTotals } from "./aggregate.ts";
import type { K6Summary } from "./k6-summary.ts";
import { latencyOfHistogram } from "./latency-summary.ts";
import type { EndpointRecord } from "./record.ts";

/** One record per endpoint and phase; a planned endpoint has one for the measured phase even if nobody asked it. */
export function endpointRecords(plan: ScenarioPlan, summary: K6Summary | undefined, log: Aggregate): EndpointRecord[] {
  const dropped = droppedByEndpoint(plan, log);
  const seen = new Set(log.endpoints.filter(({ phase }) => phase === "measured").map(({ endpoint }) => endpoint));
  const unasked = plan.endpoints.filter(({ name }) => !seen.has(name)).map(({ name }) => nothing(name));
  return [...log.endpoints, ...unasked].map((totals) => {
    const isMeasured = totals.phase === "measured";
    return {
      endpoint: totals.endpoint,
      phase: totals.phase,
      ...described(
        plan.endpoints.find(({ name }) => name === totals.endpoint),
        totals,
      ),
      requests: totals.requests,
      failed: totals.failed,
      dropped: isMeasured ? (dropped.get(totals.endpoint) ?? 0) : 0,
      byStatus: totals.byStatus,
      byError: totals.byError,
      ...latencyOf(plan, summary, totals),
    };
  });
}

function nothing(endpoint: string): EndpointTotals {
  return { endpoint, phase: "measured", methods: [], requests: 0, failed: 0, byStatus: {}, byError: {} };
}

function described(
  planned: EndpointPlan | undefined,
  { endpoint, methods }: EndpointTotals,
): Pick<EndpointRecord, "class" | "method" | "path"> {
  if (planned !== undefined) return { class: planned.class, method: planned.method, path: planned.path };
  const [method = methods.length === 1 ? methods[0] : undefined, path] = /^[A-Z]+ \//.test(endpoint)
    ? endpoint.split(" ")
    : [];
  return { ...(isMethod(method) ? { method } : {}), ...(path === undefined ? {} : { path }) };
}

function latencyOf(
  plan: ScenarioPlan,
  summary: K6Summary | undefined,
  { endpoint, phase, latency: histogram }: EndpointTotals,
): Pick<EndpointRecord, "latency" | "source" | "histogram"> {
  const kept = histogram === undefined ? {} : { histogram };
  if (phase !== "measured") return { source: "histogram", ...kept };
  const exact = plan.kind === "proofload" ? summary?.trend("latency", { name: endpoint, phase }) : undefined;
  if (exact !== undefined && exact.count > 0) return { latency: exact, source: "exact", ...kept };
  return {
    source: "histogram",
    ...(histogram === undefined ? {} : { latency: latencyOfHistogram(histogram) }),
    ...kept,
  };
}

/** A dropped iteration is one failed request, of the endpoints that it would have called in proportion to the calls. */
function droppedByEndpoint(plan: ScenarioPlan, log: Aggregate): ReadonlyMap<string, number> {
  const charged = new Map<string, number>();
  for (const { stream, phase, dropped } of log.streams) {
    if (phase !== "measured" || dropped === 0) continue;
    const planned = plan.streams.find(({ name }) => name === stream)?.calls ?? {};
    const calls = Object.keys(planned).length === 0 ? callsInLog(log) : planned;
    const all = Object.values(calls).reduce((sum, share) => sum + share, 0);
    for (const [endpoint, share] of Object.entries(calls)) {
      if (share > 0) charged.set(endpoint, (charged.get(endpoint) ?? 0) + Math.ceil((dropped * share) / all));
    }
  }
  return charged;
}

/** Of an unchanged script nobody said what an iteration calls: what it did call tells. */
function callsInLog(log: Aggregate): Readonly<Record<string, number>> {
  const measured = log.endpoints.filter(({ phase }) => phase === "measured");
  return Object.fromEntries(measured.map(({ endpoint, requests }) => [endpoint, requests]));
}

const METHODS: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

function isMethod(text: string | undefined): text is HttpMethod {
  return text !== undefined && METHODS.includes(text);
}
