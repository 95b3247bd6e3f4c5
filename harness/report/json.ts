import type { EndpointRecord, RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { Verdict } from "../verdict/verdict.ts";

/** An endpoint without its histogram. */
export type EndpointSummary = Omit<EndpointRecord, "histogram">;

/** A scenario without anything over time: record.json beside the report has that. */
export type ScenarioSummary = Omit<ScenarioRecord, "series" | "progress" | "resources" | "endpoints" | "latency"> & {
  readonly endpoints: readonly EndpointSummary[];
  /** All endpoints together. */
  readonly latency?: EndpointRecord["latency"];
};

/** report.json; docs/schema/report.schema.json describes it. Numbers are plain, in the unit that goes with them. */
export interface JsonReport {
  readonly schema: "proofload/report/1";
  readonly record: Omit<RunRecord, "schema" | "scenarios"> & { readonly scenarios: readonly ScenarioSummary[] };
  readonly verdict: Verdict;
}

/** For machines. JSON has no infinity: `null` as an edge or a margin means "beyond every bound". */
export function renderJson(record: RunRecord, verdict: Verdict): string {
  return `${JSON.stringify(jsonReport(record, verdict), undefined, 2)}\n`;
}

function jsonReport(record: RunRecord, verdict: Verdict): JsonReport {
  const { schema: _, scenarios, ...run } = record;
  return { schema: "proofload/report/1", record: { ...run, scenarios: scenarios.map(summary) }, verdict };
}

function summary(scenario: ScenarioRecord): ScenarioSummary {
  const { series: _series, progress: _progress, resources: _resources, endpoints, latency, ...rest } = scenario;
  return {
    ...rest,
    endpoints: endpoints.map(({ histogram: _histogram, ...endpoint }) => endpoint),
    ...(latency === undefined ? {} : { latency: latency.latency }),
  };
}
