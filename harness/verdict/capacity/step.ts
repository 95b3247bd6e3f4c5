import type { CapacityStep } from "../../collect/capacity-record.ts";
import type { EndpointWindow, ScenarioRecord } from "../../collect/record.ts";
import type { MachineFacts } from "../../environment/fingerprint/fingerprint.ts";
import type { MetricName } from "../../plan/metrics.ts";
import type { ScenarioPlan } from "../../plan/plan.ts";
import { judgeBudgets, scenarioFigure, totalDropped } from "../budgets.ts";
import { resourceUse } from "../limiting.ts";
import { theilSen } from "../stats/theil-sen.ts";
import { measuredText, nameOfMeasure } from "../text.ts";
import { judgeValidity } from "../validity.ts";
import type { BudgetVerdict } from "../verdict.ts";
import { generatorCeiling } from "./generator-ceiling.ts";

type Judged = Pick<
  CapacityStep,
  | "outcome"
  | "reasons"
  | "answered"
  | "latency"
  | "errorRate"
  | "dropped"
  | "inFlight"
  | "unjudged"
  | "resources"
  | "generator"
> & { readonly plain: boolean };

/** Figures that follow the rate by their nature; drops have a rule of their own. */
const NOT_HELD_AGAINST: ReadonlySet<MetricName> = new Set(["request_rate", "dropped_iterations"]);
/** Rise of the requests in flight over a step, as a share of their median, that no steady system shows. */
const GROWTH = 0.5;
/** Below, nothing queues: one request more or less is chance. */
const FEW_IN_FLIGHT = 2;
/** Of the requests that the streams' calls promise: with fewer, the rate would be one that nobody asked for … */
const SENT_SHARE = 0.9;
/** … and so many standard deviations fewer, because calls that are made now and then are drawn. */
const SENT_DEVIATIONS = 3;

/**
 * Did the service hold this rate? It did not where a budget's max was missed, where iterations were dropped, or where
 * ever more requests were in flight; the step says nothing where the instrument was not sound. Pure.
 *
 * @param stopped the step was ended early because it had plainly failed: what a load that was cut short cannot meet,
 * such as books that close, is then not held against the instrument.
 * @param death the sentence that the service went past its memory limit: a failure, whatever else was measured.
 */
export function judgeStep(
  plan: ScenarioPlan,
  record: ScenarioRecord,
  machine: MachineFacts,
  stopped: boolean,
  death?: string,
): Judged {
  const unsound = death === undefined ? invalidReasons(plan, record, machine, stopped) : [];
  const budgets = judgeBudgets(plan, record, machine).filter(({ budget }) => !NOT_HELD_AGAINST.has(budget.metric));
  const dropped = totalDropped(record);
  const inFlight = inFlightOf(record);
  const isGrowing = inFlight !== undefined && inFlight.lower > Math.max(GROWTH * inFlight.median, FEW_IN_FLIGHT);
  const failed = [
    ...(death === undefined ? [] : [{ code: OUT_OF_MEMORY, sentence: death }]),
    ...(dropped === 0
      ? []
      : [{ code: "dropped", sentence: `${dropped} iterations were dropped: every VU was waiting for an answer` }]),
    ...(isGrowing
      ? [
          {
            code: "growing in-flight",
            sentence: `the requests in flight rose by ${Math.round(inFlight.rise)} (at least ${Math.round(inFlight.lower)}) over the step, from about ${Math.round(Math.max(0, inFlight.median - inFlight.rise / 2))}`,
          },
        ]
      : []),
    ...budgets.filter(({ kind }) => kind === "FAIL").map((verdict) => ({ code: "budget", sentence: missed(verdict) })),
  ];
  if (stopped && failed.length === 0) {
    failed.push({ code: "late", sentence: "answers were still awaited long after the last request was due" });
  }
  const invalid = unsound.length > 0 || failed.length > 0 ? unsound : askedTooLittle(plan, record);
  const outcome = invalid.length > 0 ? "invalid" : failed.length > 0 ? "failed" : "held";
  const errors = scenarioFigure({ metric: "error_rate", statistic: "value", text: "" }, record).measured;
  const { latency } = record.latency ?? {};
  const end = record.warmupSeconds + record.measuredSeconds;
  const answered = record.endpoints
    .filter(({ phase }) => phase === "measured")
    .reduce((sum, { requests, failed: bad }) => sum + requests - bad, 0);
  return {
    outcome,
    plain: death !== undefined || dropped > 0 || isGrowing || stopped,
    reasons: invalid.length > 0 ? invalid : failed,
    answered: record.measuredSeconds > 0 ? answered / record.measuredSeconds : 0,
    ...(latency === undefined ? {} : { latency: { p50: latency.p50, p95: latency.p95, p99: latency.p99 } }),
    errorRate: errors !== undefined && "value" in errors ? errors.value : 0,
    dropped,
    ...(inFlight === undefined
      ? {}
      : { inFlight: { mean: inFlight.mean, rise: inFlight.rise, lower: inFlight.lower, upper: inFlight.upper } }),
    unjudged: budgets
      .filter(({ kind }) => kind === "INCONCLUSIVE" || kind === "NOT_COMPARABLE")
      .map((verdict) => unjudged(verdict)),
    resources: resourceUse(record, machine, { from: record.warmupSeconds, to: end }),
    generator: generatorCeiling(record, machine),
  };
}

/** Code of a step that the service did not live through. */
export const OUT_OF_MEMORY = "out of memory";

/** A rate is reckoned from what the streams say that they call; a script that calls less was never driven at it. */
function askedTooLittle({ streams }: ScenarioPlan, record: ScenarioRecord): CapacityStep["reasons"] {
  const promised = streams.reduce((sum, { name, calls }) => {
    const completed = record.iterations.find(({ stream }) => stream === name)?.completed ?? 0;
    return sum + completed * Object.values(calls).reduce((all, count) => all + count, 0);
  }, 0);
  const sent = record.endpoints
    .filter(({ phase }) => phase === "measured")
    .reduce((sum, { requests }) => sum + requests, 0);
  if (sent >= SENT_SHARE * promised - SENT_DEVIATIONS * Math.sqrt(promised)) return [];
  const sentence = `the script sent ${sent} requests where \`calls\` of its streams promise ${Math.round(promised)}: nobody asked for this rate`;
  return [{ code: "calls", sentence }];
}

/** Of the load generator and the machine alone, where the load was cut short. */
const INSTRUMENT: ReadonlySet<string> = new Set(["generator", "noisy host"]);

function invalidReasons(
  plan: ScenarioPlan,
  record: ScenarioRecord,
  machine: MachineFacts,
  stopped: boolean,
): CapacityStep["reasons"] {
  const unsound = judgeValidity(plan, record, machine)
    .invalid.filter(({ code }) => !stopped || INSTRUMENT.has(code))
    .map(({ code, sentence }) => ({ code, sentence }));
  return [...endReasons(record.outcome, stopped), ...unsound];
}

function endReasons({ exit }: ScenarioRecord["outcome"], stopped: boolean): CapacityStep["reasons"] {
  switch (exit.kind) {
    case "completed":
      return [];
    case "aborted":
      return stopped ? [] : [{ code: "k6 failed", sentence: `k6 stopped before its time: ${exit.how}` }];
    case "script-error":
      return [{ code: "script error", sentence: `the script threw: ${exit.message}` }];
    case "failed":
      return [{ code: "k6 failed", sentence: `k6 ended with ${exit.signal ?? `code ${exit.code ?? "unknown"}`}` }];
  }
}

interface InFlight {
  readonly mean: number;
  readonly median: number;
  readonly rise: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Requests in flight in each second by Little's law (J. D. C. Little, "A proof for the queuing formula L = λW",
 * Operations Research 9, 1961): what was answered in it times how long that had taken. Their rise over the step is the
 * slope of Theil and Sen times its length. Undefined for less than six whole seconds.
 */
function inFlightOf(record: ScenarioRecord): InFlight | undefined {
  const { warmupSeconds: from, measuredSeconds } = record;
  const end = Math.floor(from + measuredSeconds);
  const windows = record.series.filter(({ phase, second }) => phase === "measured" && second > from && second < end);
  const bySecond = Map.groupBy(windows, ({ second }) => second);
  const points = [...bySecond].map(([second, all]): [number, number] => [
    second,
    all.reduce((sum, window) => sum + waitingIn(window), 0),
  ]);
  if (points.length < 6) return undefined;
  const { median: slope, lower, upper } = theilSen(points);
  const values = points.map(([, value]) => value).toSorted((a, b) => a - b);
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    median: values[Math.floor(values.length / 2)] ?? 0,
    rise: slope * measuredSeconds,
    lower: lower * measuredSeconds,
    upper: upper * measuredSeconds,
  };
}

function waitingIn({ requests, p50 }: EndpointWindow): number {
  return p50 === undefined ? 0 : (requests * p50) / 1000;
}

function missed({ subject, budget, measured }: BudgetVerdict): string {
  const value = measured === undefined ? "no figure" : measuredText(measured, budget.unit);
  return `${nameOfMeasure(budget.metric, budget.statistic)} of ${subject.name}: ${value}, and the budget is ${budget.text}`;
}

function unjudged({ subject, budget, because }: BudgetVerdict): string {
  return `${nameOfMeasure(budget.metric, budget.statistic)} of ${subject.name}: ${because ?? "not measured"}`;
}
