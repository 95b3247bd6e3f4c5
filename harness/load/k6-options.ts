import { countingOf, countsCost } from "../plan/cost-scenario.ts";
import { secondsOf } from "../plan/load-shape.ts";
import type { PhaseLoad, ScenarioPlan, StreamPlan } from "../plan/plan.ts";
import { thresholds, warmupName } from "./k6-thresholds.ts";

/** k6's options for a scenario; pure. */
export interface K6Options {
  readonly scenarios: Readonly<Record<string, K6Scenario>>;
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
  readonly summaryTrendStats: readonly string[];
  readonly systemTags: readonly string[];
  readonly discardResponseBodies: boolean;
  readonly setupTimeout: string;
}

export interface K6Scenario {
  readonly executor: string;
  readonly exec: string;
  readonly startTime: string;
  readonly gracefulStop: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly [option: string]: unknown;
}

export const CANARY_RATE = 50;
/** At 50 requests a second, ten VUs bear answers of 200 ms; slower is a broken instrument, and its drops show it. */
const CANARY_VUS = 10;
const CANARY_EXEC = "proofload_canary";

/** In-flight requests end: an LLM call may take its 15 s, and a cut one would be missing in k6's books alone. */
const GRACEFUL_STOP = "30s";

export const SUMMARY_TREND_STATS = ["count", "avg", "min", "med", "max", "p(75)", "p(90)", "p(95)", "p(99)"] as const;
/** What the record is made of; every further tag costs k6 CPU with every sample. */
export const SYSTEM_TAGS = ["name", "status", "error_code", "scenario", "check"] as const;

export function k6Options(scenario: ScenarioPlan): K6Options {
  if (countsCost(scenario)) return countingOptions(scenario);
  const scenarios: Record<string, K6Scenario> = {};
  for (const stream of scenario.streams) {
    if (stream.warmup !== undefined) {
      scenarios[warmupName(stream)] = k6Scenario(stream.warmup, execName(stream, "warmup"), 0, "warmup");
    }
    scenarios[stream.name] = k6Scenario(
      stream.measured,
      execName(stream, "measured"),
      scenario.warmupSeconds,
      "measured",
    );
  }
  scenarios["canary"] = canaryScenario(canaryTiming(scenario));
  return {
    scenarios,
    thresholds: thresholds(scenario),
    summaryTrendStats: SUMMARY_TREND_STATS,
    systemTags: SYSTEM_TAGS,
    discardResponseBodies: false,
    setupTimeout: "120s",
  };
}

export const COUNTING_EXEC = "proofload_counting";

/** One VU that goes on until the harness has counted enough and ends k6, or the time is over. */
function countingOptions(scenario: ScenarioPlan): K6Options {
  const { requests, atMostSeconds } = countingOf(scenario);
  const load = { model: "one-at-a-time", requests, atMostSeconds: scenario.warmupSeconds + atMostSeconds } as const;
  return {
    scenarios: { counting: k6Scenario(load, COUNTING_EXEC, 0, "measured") },
    thresholds: {},
    summaryTrendStats: SUMMARY_TREND_STATS,
    systemTags: SYSTEM_TAGS,
    discardResponseBodies: false,
    setupTimeout: "120s",
  };
}

/** The exported function of the generated entry that runs a stream in a phase. */
export function execName(stream: Pick<StreamPlan, "name">, phase: "warmup" | "measured"): string {
  return `${phase}_${stream.name.replace(/\W/g, "_")}`;
}

/** How long the canary is asked. */
export interface CanaryTiming {
  /** At most, in seconds. */
  readonly seconds: number;
  /** Present when some part of the load ends with its iterations: no part that says how long it lasts ends later. */
  readonly untilIdleAfter?: number;
}

export function canaryTiming(scenario: ScenarioPlan): CanaryTiming {
  const seconds = scenario.warmupSeconds + scenario.measuredSeconds;
  const loads = scenario.streams.map((stream) => stream.measured);
  if (loads.every((load) => load.model !== "iterations")) return { seconds };
  const timed = loads.filter((load) => load.model !== "iterations").map(secondsOf);
  return { seconds, untilIdleAfter: scenario.warmupSeconds + Math.max(0, ...timed) };
}

/** Beside the load, in the same k6 process; its own phase tag keeps it out of every sum over the service's requests. */
export function canaryScenario({ seconds, untilIdleAfter }: CanaryTiming): K6Scenario {
  const common = { exec: CANARY_EXEC, startTime: "0s", gracefulStop: "5s", tags: { phase: "canary" } };
  return untilIdleAfter !== undefined
    ? { executor: "per-vu-iterations", vus: 1, iterations: 1, maxDuration: duration(seconds + 60), ...common }
    : {
        executor: "constant-arrival-rate",
        rate: CANARY_RATE,
        timeUnit: "1s",
        duration: duration(Math.max(1, seconds)),
        preAllocatedVUs: CANARY_VUS,
        maxVUs: CANARY_VUS,
        ...common,
      };
}

export function k6Scenario(
  load: PhaseLoad,
  exec: string,
  startSeconds: number,
  phase: "warmup" | "measured",
): K6Scenario {
  const common = { exec, startTime: duration(startSeconds), gracefulStop: GRACEFUL_STOP, tags: { phase } };
  switch (load.model) {
    case "open": {
      const { rate, timeUnit } = wholeRate(load.rate);
      const vus = { preAllocatedVUs: load.vus, maxVUs: load.vus };
      return { executor: "constant-arrival-rate", rate, timeUnit, duration: duration(load.seconds), ...vus, ...common };
    }
    case "open-ramp": {
      // one time unit for all rates: the one that makes each of them whole
      const units = [load.startRate, ...load.stages.map((stage) => stage.rate)].map((rate) => wholeRate(rate).seconds);
      const seconds = Math.max(...units);
      return {
        executor: "ramping-arrival-rate",
        startRate: Math.round(load.startRate * seconds),
        timeUnit: `${seconds}s`,
        stages: load.stages.map((stage) => ({
          target: Math.round(stage.rate * seconds),
          duration: duration(stage.seconds),
        })),
        preAllocatedVUs: load.vus,
        maxVUs: load.vus,
        ...common,
      };
    }
    case "closed":
      return { executor: "constant-vus", vus: load.users, duration: duration(load.seconds), ...common };
    case "closed-ramp":
      return {
        executor: "ramping-vus",
        startVUs: 0,
        stages: load.stages.map((stage) => ({ target: stage.users, duration: duration(stage.seconds) })),
        gracefulRampDown: GRACEFUL_STOP,
        ...common,
      };
    case "one-at-a-time":
      return { executor: "constant-vus", vus: 1, duration: duration(load.atMostSeconds), ...common };
    case "iterations":
      return {
        executor: "per-vu-iterations",
        vus: load.users,
        iterations: load.iterationsPerUser,
        maxDuration: duration(load.atMostSeconds),
        ...common,
      };
  }
}

/** k6 takes whole rates only: 0.5 a second is 5 in 10 s. Finer than 0.001 a second is rounded. */
function wholeRate(perSecond: number): { rate: number; timeUnit: string; seconds: number } {
  for (const seconds of [1, 10, 100, 1000]) {
    const rate = perSecond * seconds;
    if (Math.abs(rate - Math.round(rate)) < 1e-9 || seconds === 1000) {
      return { rate: Math.max(1, Math.round(rate)), timeUnit: `${seconds}s`, seconds };
    }
  }
  return { rate: Math.max(1, Math.round(perSecond)), timeUnit: "1s", seconds: 1 };
}

function duration(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`;
}
