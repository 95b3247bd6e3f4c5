import { EMPTY_HISTOGRAM, mergeHistograms, quantileBounds, subtractHistogram } from "./histogram.ts";
import { endpointOf, isCanary, phaseOf, type ScriptKind } from "./labels.ts";
import type { MetricsExport, NumberPoint, Point } from "./otlp.ts";
import type { HistogramRecord, Phase } from "./record.ts";
import { createSeriesLimit } from "./series-limit.ts";

/** What can be said while load is driven; the record is made from the log, not from this. */
export interface LiveFigures {
  /** Of the newest samples; undefined before the first. */
  readonly phase: Phase | undefined;
  /** Requests per second between the last two exports. */
  readonly rate: number;
  /** Upper bucket edge over the successful requests between the last two exports, milliseconds. */
  readonly p95: number | undefined;
  /** In this phase, so far. */
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
  readonly vus: number;
  /** So far in the measured phase. */
  readonly endpoints: readonly LiveEndpoint[];
}

interface LiveEndpoint {
  readonly endpoint: string;
  readonly requests: number;
  readonly failed: number;
  /** Upper bucket edges over successful requests, milliseconds. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export interface Live {
  add(received: MetricsExport): void;
  figures(): LiveFigures;
}

interface Totals {
  requests: number;
  failed: number;
  latency: HistogramRecord;
}

/** What is beyond is seen as one series of each metric: the figures are for the eye. */
const MOST_SERIES = 4000;

/** Follows the exports as they come. Costs a difference per series and export. */
export function createLive(kind: ScriptKind): Live {
  const limit = createSeriesLimit(MOST_SERIES);
  const last = new Map<string, Point>();
  const endpoints = new Map<string, Totals>();
  const byPhase = new Map<Phase, { requests: number; failed: number; dropped: number }>();
  let vus = 0;
  let lastAt: number | undefined;
  let rate = 0;
  let p95: number | undefined;
  let phase: Phase | undefined;

  const totalsOf = (point: Point): Totals => {
    const name = endpointOf(point.attributes);
    const totals = endpoints.get(name) ?? { requests: 0, failed: 0, latency: EMPTY_HISTOGRAM };
    endpoints.set(name, totals);
    return totals;
  };

  const phaseTotals = (of: Phase) => {
    const totals = byPhase.get(of) ?? { requests: 0, failed: 0, dropped: 0 };
    byPhase.set(of, totals);
    return totals;
  };

  return {
    add(received) {
      let requests = 0;
      const latencies: HistogramRecord[] = [];
      for (const point of limit.apply(received).points) {
        if (isCanary(point.attributes)) continue;
        if (point.metric === "vus" && point.kind === "gauge") vus = point.value;
        const before = last.get(point.series);
        if (before !== undefined && before.time >= point.time) continue;
        last.set(point.series, point);
        const own = phaseOf(point.attributes, kind);
        const isMeasured = own === "measured";
        if (point.kind === "histogram" && point.metric === LATENCY[kind] && isSuccess(point, kind)) {
          const gain = histogramGain(point.value, before);
          latencies.push(gain);
          if (isMeasured) totalsOf(point).latency = mergeHistograms([totalsOf(point).latency, gain]);
        }
        if (point.kind !== "sum") continue;
        const gain = numberGain(point, before);
        if (gain === 0) continue;
        if (point.metric === "http_reqs") {
          requests += gain;
          phase = later(phase, own);
          phaseTotals(own).requests += gain;
          if (isMeasured) totalsOf(point).requests += gain;
        } else if (isFailure(point, kind)) {
          phaseTotals(own).failed += gain;
          if (isMeasured) totalsOf(point).failed += gain;
        } else if (point.metric === "dropped_iterations") {
          phaseTotals(own).dropped += gain;
        }
      }
      if (received.points.length === 0) return;
      const seconds = (received.at - (lastAt ?? received.at - 1000)) / 1000;
      lastAt = received.at;
      // The last export of a run follows the one before within milliseconds: it tells no rate.
      if (seconds < 0.5) return;
      rate = requests / seconds;
      p95 = quantileBounds(mergeHistograms(latencies), 0.95)?.upper;
    },
    figures: () => ({
      phase,
      rate,
      p95,
      ...phaseTotals(phase ?? "setup"),
      vus,
      endpoints: [...endpoints].map(([endpoint, { requests, failed, latency }]) => ({
        endpoint,
        requests,
        failed,
        p50: quantileBounds(latency, 0.5)?.upper,
        p95: quantileBounds(latency, 0.95)?.upper,
        p99: quantileBounds(latency, 0.99)?.upper,
      })),
    }),
  };
}

const PHASES: readonly (Phase | undefined)[] = [undefined, "setup", "warmup", "measured"];

/** Answers of the warm-up still come in when the measured phase has begun. */
function later(a: Phase | undefined, b: Phase): Phase {
  return a !== undefined && PHASES.indexOf(a) > PHASES.indexOf(b) ? a : b;
}

const LATENCY = { proofload: "latency", k6: "http_req_duration" } as const;

function isSuccess({ attributes }: Point, kind: ScriptKind): boolean {
  return kind === "proofload" || attributes["expected_response"] !== "false";
}

function isFailure({ metric, attributes }: Point, kind: ScriptKind): boolean {
  if (metric === "http_req_failed.total") return attributes["condition"] === "nonzero";
  const isBodyCheck = metric === "checks.total" && attributes["check"] === `${attributes["name"]}: body`;
  return kind === "proofload" && isBodyCheck && attributes["condition"] === "zero";
}

function numberGain(point: NumberPoint, before: Point | undefined): number {
  const continues = point.temporality === "cumulative" && before?.kind === "sum" && before.start === point.start;
  return continues ? Math.max(0, point.value - before.value) : point.value;
}

function histogramGain(value: HistogramRecord, before: Point | undefined): HistogramRecord {
  const continues = before?.kind === "histogram" && before.temporality === "cumulative";
  return continues && before.value.count <= value.count ? subtractHistogram(value, before.value) : value;
}
