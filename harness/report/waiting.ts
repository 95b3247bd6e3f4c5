/**
 * What waiting does to latency that the load generator does not see: late starts, iterations that were dropped, and in
 * closed loops the requests that users would have sent while they waited for an answer. docs/coordinated-omission.md.
 */
import { correctedForOmission } from "../collect/expected-interval.ts";
import { quantileBounds } from "../collect/histogram.ts";
import type { EndpointRecord, ScenarioRecord, StreamIterations } from "../collect/record.ts";
import type { Statistic } from "../plan/metrics.ts";
import type { StreamPlan } from "../plan/plan.ts";
import { endpointFigure } from "../verdict/budgets.ts";
import type { Measured } from "../verdict/verdict.ts";
import { formatMeasured, formatValue } from "./format.ts";

const SHOWN = ["p50", "p95", "p99"] as const;
type Three = readonly [p50: string, p95: string, p99: string];

/** Of an endpoint of open streams. */
export interface IntendedRow {
  readonly endpoint: string;
  /** From sending to the end of the answer, of what was answered. */
  readonly service: Three;
  /** From when the iteration should have started: exact until the first drop, then a lower bound. */
  readonly intended: Three;
  /** Each dropped iteration counts as an answer that never came; undefined where none was dropped. */
  readonly withDrops: Three | undefined;
}

export function intendedRows(record: ScenarioRecord): IntendedRow[] {
  const scheduled = new Set(
    record.measures.filter(({ metric }) => metric === "scheduled_latency").map(({ endpoint }) => endpoint),
  );
  return record.endpoints
    .filter(({ endpoint, phase, dropped }) => phase === "measured" && (scheduled.has(endpoint) || dropped > 0))
    .map((endpoint) => ({
      endpoint: endpoint.endpoint,
      service: three((statistic) => {
        const value = endpoint.latency?.[statistic];
        return value === undefined ? undefined : { value };
      }),
      intended: three((statistic) => bounded("scheduled_latency", statistic, endpoint, record)),
      withDrops:
        endpoint.dropped === 0 ? undefined : three((statistic) => bounded("latency", statistic, endpoint, record)),
    }));
}

function bounded(
  metric: "latency" | "scheduled_latency",
  statistic: Statistic,
  { endpoint }: EndpointRecord,
  record: ScenarioRecord,
): Measured | undefined {
  const { measured, slowest } = endpointFigure(endpoint, { metric, statistic, text: "" }, record);
  return slowest === undefined ? measured : { lower: slowest, upper: Number.POSITIVE_INFINITY };
}

function three(figure: (statistic: (typeof SHOWN)[number]) => Measured | undefined): Three {
  const [p50 = "–", p95 = "–", p99 = "–"] = SHOWN.map((statistic) => {
    const measured = figure(statistic);
    return measured === undefined ? undefined : formatMeasured(measured, "ms");
  });
  return [p50, p95, p99];
}

/** Of an endpoint that closed streams alone call. */
export interface CorrectedRow {
  readonly endpoint: string;
  /** How often one user asked, on average: what HdrHistogram calls the expected interval. */
  readonly interval: string;
  readonly raw: Three;
  readonly corrected: Three;
}

export function correctedRows(
  record: ScenarioRecord,
  streams: readonly Pick<StreamPlan, "name" | "calls">[],
): CorrectedRow[] {
  return record.endpoints.flatMap(({ endpoint, phase, histogram }) => {
    const callers = streams.filter(({ calls }) => Object.hasOwn(calls, endpoint));
    const records = callers.flatMap(({ name }) => record.iterations.filter(({ stream }) => stream === name));
    const isClosed = records.length > 0 && records.every(({ planned }) => planned === undefined);
    if (phase !== "measured" || histogram === undefined || histogram.count === 0 || !isClosed) return [];
    const asked = callers.map(({ calls }, index) => ({ perIteration: calls[endpoint] ?? 1, stream: records[index] }));
    const interval = Math.min(...asked.map((one) => intervalMs(one, record.measuredSeconds)));
    const shown = (from: typeof histogram) => {
      const bounds = (q: number) => quantileBounds(from, q)?.upper;
      return three((statistic) => {
        const value = bounds(Number(statistic.slice(1)) / 100);
        return value === undefined ? undefined : { value };
      });
    };
    return [
      {
        endpoint,
        interval: formatValue(interval, "ms"),
        raw: shown(histogram),
        corrected: shown(correctedForOmission(histogram, interval)),
      },
    ];
  });
}

function intervalMs(
  { perIteration, stream }: { readonly perIteration: number; readonly stream: StreamIterations | undefined },
  seconds: number,
): number {
  return stream === undefined || stream.completed === 0
    ? Number.POSITIVE_INFINITY
    : (stream.vus * seconds * 1000) / (stream.completed * perIteration);
}
