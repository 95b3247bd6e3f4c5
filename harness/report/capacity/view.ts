import type { CapacityRecord, CapacityStep } from "../../collect/capacity-record.ts";
import type { CapacityVerdict } from "../../verdict/capacity/judge-capacity.ts";
import { formatSeconds, formatValue } from "../format.ts";
import type { Mark } from "../marks.ts";

/** One row of every table of steps. */
export interface StepRow {
  readonly mark: Mark;
  readonly outcome: CapacityStep["outcome"];
  readonly rate: string;
  readonly purpose: string;
  readonly p95: string;
  readonly errors: string;
  readonly inFlight: string;
  /** The resource of which most was in use. */
  readonly fullest: string;
  readonly why: string;
}

export const STEP_HEAD = ["RATE", "FOR", "P95", "ERRORS", "IN FLIGHT", "FULLEST"] as const;

const MARKS: Readonly<Record<CapacityStep["outcome"], Mark>> = {
  held: "PASS",
  failed: "FAIL",
  invalid: "INVALID",
};

export function stepRow(step: CapacityStep): StepRow {
  const { outcome, rate, purpose, seconds, latency, errorRate, inFlight, reasons } = step;
  const fullest = fullestOf(step);
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : "";
  return {
    mark: MARKS[outcome],
    outcome,
    rate: formatValue(rate, "1/s"),
    purpose: `${formatSeconds(seconds)}${purpose === "confirm" ? ", to confirm" : ""}`,
    p95: latency === undefined ? "–" : formatValue(latency.p95, "ms"),
    errors: formatValue(errorRate, "ratio"),
    inFlight: inFlight === undefined ? "–" : formatValue(inFlight.mean, "count"),
    fullest: fullest === undefined ? "–" : `${fullest.resource} ${Math.round(fullest.share * 100)} %`,
    why: `${reasons[0]?.sentence ?? ""}${more}`,
  };
}

function fullestOf({ resources }: CapacityStep): CapacityStep["resources"][number] | undefined {
  return resources.toSorted((a, b) => b.share - a.share)[0];
}

/** "312 to 325 requests/s", "at least 1,230 requests/s", "less than 4 requests/s". */
export function answerText({ capacity }: CapacityVerdict): string | undefined {
  if (capacity === undefined) return undefined;
  const { held, failed } = capacity;
  const rate = (value: number) => formatValue(value, "1/s").replace(/\/s$/, "");
  if (failed === undefined) return `at least ${rate(held)} requests/s`;
  return held === 0 ? `less than ${rate(failed)} requests/s` : `${rate(held)} to ${rate(failed)} requests/s`;
}

export function searchText({ search, steps, environment }: CapacityRecord): string {
  const first = steps[0]?.startedAt;
  const last = steps.at(-1)?.endedAt;
  const took = first === undefined || last === undefined ? "" : ` in ${formatSeconds((last - first) / 1000)}`;
  return `${steps.length} steps of ${formatSeconds(search.stepSeconds)}${took}, to ${formatValue(search.resolution, "ratio")}, one k6 process each, ${environment.kind} environment kept warm`;
}
