import type { ScriptKind } from "../labels.ts";
import { isLatency } from "../series-selection.ts";
import type { MeasurementName } from "./measurements.ts";
import { timingOf } from "./routes.ts";

/** The fields of the database whose sum, over all phases, is the count that k6 gives for a metric. */
export interface CountFields {
  readonly measurement: MeasurementName;
  /** To be added up. */
  readonly fields: readonly string[];
  /** Where the measurement holds several metrics: the value of its tag `metric`. */
  readonly metric?: string;
}

/** What k6 calls the kind of a metric; gauges have no count. */
export type CountedKind = "counter" | "rate" | "trend";

/** Where the samples of a k6 metric are counted, or the total of a counter is. */
export function countFields(metric: string, kind: CountedKind, script: ScriptKind): CountFields {
  if (kind === "rate") {
    const fields = ["passes", "fails"];
    return metric === "checks" ? { measurement: "checks", fields } : { measurement: "rates", fields, metric };
  }
  if (kind === "counter") {
    if (metric === "http_reqs") return { measurement: "requests", fields: ["count"] };
    if (metric === "iterations") return { measurement: "iterations", fields: ["count"] };
    if (metric === "dropped_iterations") return { measurement: "iterations", fields: ["dropped"] };
    return { measurement: "counters", fields: ["value"], metric };
  }
  const timing = timingOf(metric);
  if (timing !== undefined) return { measurement: "timings", fields: [`${timing}_count`] };
  if (metric === "http_req_duration") return { measurement: "requests", fields: ["duration_count"] };
  if (metric === "iteration_duration") return { measurement: "iterations", fields: ["duration_count"] };
  if (isLatency(metric, {}, script)) return { measurement: "latency", fields: ["count"] };
  return { measurement: "trends", fields: ["count"], metric };
}
