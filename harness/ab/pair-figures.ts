import type { AbFigure, FigureKey, Pair, SideName } from "../collect/ab-record.ts";
import type { K6Summary } from "../collect/k6-summary.ts";
import type { InstrumentRecord, LatencySummary } from "../collect/record.ts";
import type { PartName } from "../environment/environment.ts";
import { MINIMUM_SAMPLES } from "../plan/metrics.ts";
import type { ScenarioPlan } from "../plan/plan.ts";

/** What a start's figures are made of; pure from here on. */
export interface MeasuredSide {
  readonly summary: K6Summary;
  /** CPU in ns and largest resident memory in bytes of the side's parts while it was measured, where they are known. */
  readonly parts: Readonly<Partial<Record<PartName, { readonly cpu?: number; readonly rss?: number }>>>;
}

/** A median of fewer moves by more than what is looked for. */
const FEWEST_FOR_P50 = 72;
/**
 * A database that is hardly asked works all the same (its own timers, a checkpoint): 1 to 4 ms in a start for Postgres, and
 * other times twice that. What is not clearly more says nothing about requests.
 */
const LEAST_CPU_NS = 10e6;
const LATENCIES = ["p50", "p95", "p99"] as const;

/** All figures that both sides have, each exact: k6's own over all samples, and the kernel's count of CPU time. */
export function pairFigures(scenario: Pick<ScenarioPlan, "endpoints">, measured: Pair<MeasuredSide>): AbFigure[] {
  const classes = [...new Set(scenario.endpoints.map((endpoint) => endpoint.class))];
  return [
    ...classes.flatMap((name) => latencyFigures({ kind: "class", name }, { class: name }, measured)),
    ...scenario.endpoints.flatMap(({ name }) => latencyFigures({ kind: "endpoint", name }, { name }, measured)),
    ...(["service", "postgres", "redis"] as const).flatMap((part) => partFigures(part, measured)),
  ];
}

type Subject = FigureKey["subject"];

function latencyFigures(subject: Subject, tags: Tags, measured: Pair<MeasuredSide>): AbFigure[] {
  const latency = eachSide((side) => latencyOf(measured[side].summary, side, tags));
  const { base, head } = latency;
  const sent = eachSide((side) => sentBy(measured[side].summary, side, tags));
  const figures: AbFigure[] = [];
  if (base !== undefined && head !== undefined) {
    const count = { base: base.count, head: head.count };
    for (const statistic of LATENCIES) {
      const fewest = Math.max(FEWEST_FOR_P50, MINIMUM_SAMPLES[statistic] ?? 0);
      if (Math.min(base.count, head.count) < fewest) continue;
      figures.push({ subject, metric: "latency", statistic, base: base[statistic], head: head[statistic], count });
    }
  }
  if (Math.min(sent.base, sent.head) > 0) {
    const failed = eachSide((side) => (sent[side] - (latency[side]?.count ?? 0)) / sent[side]);
    figures.push({ subject, metric: "error_rate", statistic: "value", ...failed, count: sent });
  }
  return figures;
}

function partFigures(part: PartName, measured: Pair<MeasuredSide>): AbFigure[] {
  const subject = { kind: "service", name: part } as const;
  const count = eachSide((side) => sentBy(measured[side].summary, side, {}));
  const [base, head] = [measured.base.parts[part], measured.head.parts[part]];
  const figures: AbFigure[] = [];
  const least = part === "service" ? 0 : LEAST_CPU_NS;
  if (
    base?.cpu !== undefined &&
    head?.cpu !== undefined &&
    Math.max(base.cpu, head.cpu) >= least &&
    Math.min(count.base, count.head) > 0
  ) {
    const values = { base: base.cpu / count.base, head: head.cpu / count.head };
    figures.push({ subject, metric: "cpu_time", statistic: "mean", ...values, count });
  }
  if (part === "service" && base?.rss !== undefined && head?.rss !== undefined) {
    figures.push({ subject, metric: "service_rss", statistic: "max", base: base.rss, head: head.rss, count });
  }
  return figures;
}

type Tags = Readonly<Record<string, string>>;

function latencyOf(summary: K6Summary, side: SideName, tags: Tags): LatencySummary | undefined {
  const found = summary.trend("latency", { ...tags, phase: "measured", side });
  return found === undefined || found.count === 0 ? undefined : found;
}

function sentBy(summary: K6Summary, side: SideName, tags: Tags): number {
  return summary.counter("http_reqs", { ...tags, phase: "measured", side }) ?? 0;
}

/** Requests of a side, those that failed (an unexpected status, no answer, a wrong body), and iterations not begun. */
export function requestsOf(scenario: Pick<ScenarioPlan, "streams">, { summary }: MeasuredSide, side: SideName) {
  const sent = sentBy(summary, side, {});
  const dropped = scenario.streams.map(({ name }) => summary.counter("dropped_iterations", { scenario: name }) ?? 0);
  return {
    sent,
    failed: sent - (latencyOf(summary, side, {})?.count ?? 0),
    dropped: dropped.reduce((sum, one) => sum + one, 0),
  };
}

/** The evidence about the instrument, exact from k6's summary. */
export function instrumentOf(
  summary: K6Summary,
  { dropped, ...more }: Pick<InstrumentRecord, "generator" | "serviceMode"> & { readonly dropped: number },
): InstrumentRecord {
  const canary = summary.trend("canary_latency", { phase: "measured" });
  const asked = summary.counter("http_reqs", { phase: "canary" }) ?? 0;
  const canaryDrops = summary.counter("dropped_iterations", { scenario: "canary" }) ?? 0;
  // After the first drop the lags mean nothing.
  const startLag = dropped === 0 ? summary.trend("start_lag", { phase: "measured" }) : undefined;
  const ofCanary = canary === undefined ? undefined : pick(canary, ["count", "p50", "p95", "p99", "max"]);
  return {
    ...(ofCanary === undefined
      ? {}
      : { canary: { ...ofCanary, failed: asked - ofCanary.count, dropped: canaryDrops } }),
    ...(startLag === undefined || startLag.count === 0
      ? {}
      : { startLag: pick(startLag, ["count", "p50", "p99", "max"]) }),
    ...more,
    overflowSeries: 0,
  };
}

function pick<Key extends keyof LatencySummary>(from: LatencySummary, keys: readonly Key[]): Pick<LatencySummary, Key> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<LatencySummary, Key>;
}

function eachSide<Value>(make: (side: SideName) => Value): { base: Value; head: Value } {
  return { base: make("base"), head: make("head") };
}
