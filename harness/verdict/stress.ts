import type { ScenarioRecord } from "../collect/record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { CALM_SECONDS, offeredRate } from "../plan/stress.ts";
import type { Figure } from "./budgets.ts";
import { limitingResource, resourceUse } from "./limiting.ts";
import { figure } from "./text.ts";
import type { Reason } from "./verdict.ts";

/** Of the seconds from the breaking point to the end of the peak, so many must be broken: then it is for good. */
const FOR_GOOD = 0.9;
const FEWEST_BROKEN = 3;
/** Seconds in a row that show that a rate holds. */
const FEWEST_HELD = 3;
/** Seconds with fewer answers of an endpoint say too little about its percentiles. */
const FEWEST_ANSWERS = 5;
/** As before: latency up to this much higher … */
const FACTOR = 2;
/** … or higher by this share of its limit. */
const SHARE_OF_LIMIT = 0.1;
/** A sample is known to a second or two. */
const BLUR_SECONDS = 1;

/** What became of a service that was driven beyond what it can take. Rates in arrivals per second. */
export interface Stress {
  readonly peakRate: number;
  /** Undefined where it kept its limits throughout. */
  readonly broken:
    | {
        /** It still kept them at `held`, and no longer at `rate`. */
        readonly held: number;
        readonly rate: number;
        /** "p95 of orders.list over 100 ms", "errors over 1 %" */
        readonly how: string;
        /** The resource that ended first, in a sentence. */
        readonly resource: string | undefined;
      }
    | undefined;
  /** Seconds from the rate's return to normal until all was as before; a lower bound where that never came. */
  readonly recovery: { readonly seconds: number; readonly isOver: boolean } | undefined;
}

interface Second {
  readonly second: number;
  readonly rate: number;
  /** What is over its limit; undefined where all is well. */
  readonly over: string | undefined;
  /** Endpoint → the percentile that its tightest limit is on. */
  readonly latencies: ReadonlyMap<string, number>;
}

interface Limit {
  readonly endpoint: string;
  readonly statistic: "p50" | "p95" | "p99" | "max";
  readonly max: number;
}

/** Reads the breaking point and the recovery from the seconds of a scenario whose rate rises and comes back. */
export function judgeStress(plan: ScenarioPlan, record: ScenarioRecord, machine: MachineFacts): Stress {
  const limits = limitsOf(plan);
  const seconds = secondsOf(plan, record, limits);
  const peakRate = Math.max(0, ...seconds.map(({ rate }) => rate));
  const peakEnd = seconds.findLastIndex(({ rate }) => rate >= 0.999 * peakRate);
  const rise = seconds.slice(0, peakEnd + 1);
  const at = rise.findIndex(
    ({ over }, index) =>
      over !== undefined && rise.length - index >= FEWEST_BROKEN && brokenShare(rise.slice(index)) >= FOR_GOOD,
  );
  const first = rise[at];
  if (first?.over === undefined) return { peakRate, broken: undefined, recovery: undefined };
  const before = rise.slice(0, at);
  const held = heldBefore(before, first, limits);
  const origin = first.second - at;
  const lastHeld =
    origin +
    Math.max(
      0,
      before.findLastIndex(({ rate }) => rate <= held * 1.001),
    );
  const uses = (from: number, to: number) => resourceUse(record, machine, { from, to });
  const resource = limitingResource(
    uses(first.second, origin + rise.length),
    uses(Math.max(origin, lastHeld - CALM_SECONDS), lastHeld + 1),
  );
  const broken = { held, rate: first.rate, how: first.over, resource: resource?.evidence };
  return { peakRate, broken, recovery: recoveryOf(seconds, peakEnd, before, limits) };
}

function brokenShare(seconds: readonly Second[]): number {
  return seconds.filter(({ over }) => over !== undefined).length / seconds.length;
}

/**
 * Highest rate that was seen to hold for some seconds in a row: one second on the way to the next step proves nothing, and
 * neither does one whose requests were still being answered when it broke.
 */
function heldBefore(before: readonly Second[], broken: Second, limits: readonly Limit[]): number {
  const longest = Math.max(0, ...limits.map(({ max }) => max)) / 1000;
  const answered = before.filter(({ second, rate }) => second < broken.second - longest && rate < 0.99 * broken.rate);
  const lasting = answered.map((_, index) => answered.slice(index, index + FEWEST_HELD));
  const held = lasting.filter((some) => some.length === FEWEST_HELD && some.every(({ over }) => over === undefined));
  return Math.max(0, ...held.map((some) => Math.min(...some.map(({ rate }) => rate))));
}

function recoveryOf(
  seconds: readonly Second[],
  peakEnd: number,
  before: readonly Second[],
  limits: readonly Limit[],
): Stress["recovery"] {
  const normal = seconds.at(-1)?.rate ?? 0;
  const back = seconds.findIndex(({ rate }, index) => index > peakEnd && rate <= normal * 1.001);
  if (back === -1) return undefined;
  const usual = new Map(
    limits.map(({ endpoint }) => {
      const calm = before.flatMap(({ latencies }) => latencies.get(endpoint) ?? []).toSorted((a, b) => a - b);
      return [endpoint, calm[Math.floor(calm.length / 2)] ?? 0];
    }),
  );
  const isAsBefore = ({ over, latencies }: Second) =>
    over === undefined &&
    limits.every(({ endpoint, max }) => {
      const was = usual.get(endpoint) ?? 0;
      return (latencies.get(endpoint) ?? 0) <= Math.max(FACTOR * was, was + SHARE_OF_LIMIT * max);
    });
  const calm = seconds.slice(back);
  // At a rate so low no second knows a percentile: silence is no recovery.
  if (limits.length > 0 && calm.every(({ latencies, over }) => latencies.size === 0 && over === undefined))
    return undefined;
  const found = calm.findIndex(
    (_, index) => index + CALM_SECONDS <= calm.length && calm.slice(index, index + CALM_SECONDS).every(isAsBefore),
  );
  return found === -1 ? { seconds: calm.length, isOver: false } : { seconds: found, isOver: true };
}

/** Of each endpoint the tightest limit that a second's window knows; limits of the scenario hold for each of them. */
function limitsOf(plan: ScenarioPlan): Limit[] {
  return plan.endpoints.flatMap(({ name, budgets }) => {
    const known = [...budgets, ...plan.budgets].flatMap(({ metric, statistic, max, boundTo }): Limit[] =>
      metric === "latency" && boundTo === undefined && isOfWindow(statistic)
        ? [{ endpoint: name, statistic, max }]
        : [],
    );
    return known.toSorted((a, b) => a.max - b.max).slice(0, 1);
  });
}

function isOfWindow(statistic: string): statistic is Limit["statistic"] {
  return ["p50", "p95", "p99", "max"].includes(statistic);
}

/** The measured phase second by second: what was offered, and what was over its limit. */
function secondsOf(plan: ScenarioPlan, record: ScenarioRecord, limits: readonly Limit[]): Second[] {
  const measured = record.series.filter(({ phase }) => phase === "measured");
  const from = measured.reduce((least, { second }) => Math.min(least, second), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(from)) return [];
  const errorLimit = plan.budgets.find(({ metric }) => metric === "error_rate")?.max ?? 1;
  return Array.from({ length: Math.floor(plan.measuredSeconds) }, (_, index): Second => {
    const second = from + index;
    const windows = measured.filter((window) => window.second === second);
    const rate = plan.streams.reduce((sum, stream) => sum + offeredRate(stream.measured, index + 0.5), 0);
    const dropped = record.progress.find((point) => point.second === second)?.dropped ?? 0;
    const requests = windows.reduce((sum, window) => sum + window.requests, 0);
    const failed = windows.reduce((sum, window) => sum + window.failed, 0);
    const latencies = new Map<string, number>();
    const over: string[] = [];
    for (const { endpoint, statistic, max } of limits) {
      const known = windows.find((one) => one.endpoint === endpoint && one.requests - one.failed >= FEWEST_ANSWERS);
      const value = known?.[statistic];
      if (value === undefined) continue;
      latencies.set(endpoint, value);
      if (value > max) over.push(`${statistic} of ${endpoint} over ${figure(max, "ms")}`);
    }
    // Of no request at all the share is no number, and over no limit.
    if ((failed + dropped) / (requests + dropped) > errorLimit) over.push(`errors over ${figure(errorLimit, "ratio")}`);
    if (requests === 0 && rate >= 1) over.push("no answer at all");
    return { second, rate, over: over[0], latencies };
  });
}

export function stressFigure(metric: "breaking_point" | "recovery_time", stress: Stress): Figure {
  const { broken, recovery, peakRate } = stress;
  const never = `it kept its limits up to ${figure(peakRate, "1/s")}, the highest rate of this scenario`;
  if (metric === "breaking_point") {
    return broken === undefined
      ? { measured: { lower: peakRate, upper: Number.POSITIVE_INFINITY }, count: 1, because: never, evidence: never }
      : {
          measured: { lower: broken.held, upper: broken.rate },
          count: 1,
          because: `the limit lies between the highest rate that held and the lowest that did not; ${howItBroke(broken)}`,
          evidence: howItBroke(broken),
        };
  }
  if (broken === undefined) return { measured: undefined, count: 0, because: `nothing to recover from: ${never}` };
  if (recovery === undefined) {
    const because = `no second at its last rate says whether all was as before: the scenario ended too early, or no endpoint had ${FEWEST_ANSWERS} answers in a second`;
    return { measured: undefined, count: 0, because };
  }
  const ms = recovery.seconds * 1000;
  return recovery.isOver
    ? { measured: { lower: Math.max(0, ms - BLUR_SECONDS * 1000), upper: ms + BLUR_SECONDS * 1000 }, count: 1 }
    : {
        measured: { lower: ms, upper: Number.POSITIVE_INFINITY },
        count: 1,
        because: "it had not recovered when the scenario ended",
        evidence: "it had not recovered when the scenario ended",
      };
}

function howItBroke({ how, resource }: NonNullable<Stress["broken"]>): string {
  return `${how}${resource === undefined ? "" : `; ${resource}`}`;
}

/** In place of the warning about drops: beyond the breaking point they are what was asked for. */
export function stressReason({ broken }: Stress, dropped: number): Reason[] {
  if (broken === undefined) return [];
  const drops = dropped === 0 ? "" : `; ${dropped} iterations could not be taken beyond it, as expected`;
  const between = `held at ${figure(broken.held, "1/s")}, broke at ${figure(broken.rate, "1/s")}`;
  return [{ kind: "WARNING", code: "breaking point", sentence: `${between}: ${howItBroke(broken)}${drops}` }];
}
