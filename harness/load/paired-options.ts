import type { PhaseLoad, ScenarioPlan, StreamPlan } from "../plan/plan.ts";
import {
  canaryScenario,
  execName,
  type K6Options,
  type K6Scenario,
  k6Scenario,
  SUMMARY_TREND_STATS,
  SYSTEM_TAGS,
} from "./k6-options.ts";
import { warmupName } from "./k6-thresholds.ts";

/** k6's options for the two processes of a start; pure. Loads are of one side: each iteration is done for both. */

const SIDES = ["base", "head"] as const;

/** A rate as k6 takes it, and as `start_lag` of the script reads it. */
export interface PairedLoad {
  readonly stream: StreamPlan;
  readonly load: PhaseLoad;
}

export function warmupOptions(scenario: ScenarioPlan, loads: readonly PairedLoad[]): K6Options {
  const thresholds: Record<string, readonly string[]> = {};
  for (const side of SIDES) thresholds[`http_reqs{phase:warmup,side:${side}}`] = COUNT;
  for (const { name } of scenario.endpoints) {
    thresholds[`answer_pairs{name:${name}}`] = COUNT;
    for (const what of ["status", "check", "shape", "header"]) {
      thresholds[`answer_differences{name:${name},what:${what}}`] = COUNT;
    }
  }
  return optionsOf(scenariosOf(loads, "warmup"), thresholds);
}

/** Every figure of the record is exact: k6 keeps the sub-metrics that a threshold names. */
export function measuredOptions(scenario: ScenarioPlan, loads: readonly PairedLoad[], seconds: number): K6Options {
  const thresholds: Record<string, readonly string[]> = {
    "canary_latency{phase:measured}": LONGEST,
    "start_lag{phase:measured}": LONGEST,
    "http_reqs{phase:canary}": COUNT,
    "dropped_iterations{scenario:canary}": COUNT,
  };
  for (const { stream } of loads) thresholds[`dropped_iterations{scenario:${stream.name}}`] = COUNT;
  const groups = [
    [],
    ...scenario.endpoints.map(({ name }) => [`name:${name}`]),
    ...[...new Set(scenario.endpoints.map((endpoint) => endpoint.class))].map((name) => [`class:${name}`]),
  ];
  for (const side of SIDES) {
    for (const group of groups) {
      const tags = [...group, "phase:measured", `side:${side}`].join(",");
      thresholds[`latency{${tags}}`] = LONGEST;
      thresholds[`http_reqs{${tags}}`] = COUNT;
    }
  }
  return optionsOf({ ...scenariosOf(loads, "measured"), canary: canaryScenario({ seconds }) }, thresholds);
}

/** Always true: they are there for the sub-metric. */
const COUNT = ["count>=0"];
const LONGEST = ["max>=0"];

/** Seconds of load that VUs are made for in advance; more are made when they are needed. */
const VUS_FOR_SECONDS = 0.15;
const FEWEST_VUS = 10;

/**
 * Each VU has the scripts of both sides and takes k6 about 4 ms: those that bear answers as slow as their budgets allow,
 * twice, would cost it more CPU than all requests of a start.
 */
function sparing(load: PhaseLoad): { readonly preAllocatedVUs?: number } {
  if (load.model !== "open") return {};
  return { preAllocatedVUs: Math.min(load.vus, Math.max(FEWEST_VUS, Math.ceil(load.rate * VUS_FOR_SECONDS))) };
}

function scenariosOf(loads: readonly PairedLoad[], phase: "warmup" | "measured"): Record<string, K6Scenario> {
  return Object.fromEntries(
    loads.map(({ stream, load }) => [
      phase === "warmup" ? warmupName(stream) : stream.name,
      { ...k6Scenario(load, execName(stream, phase), 0, phase), ...sparing(load) },
    ]),
  );
}

function optionsOf(scenarios: K6Options["scenarios"], thresholds: K6Options["thresholds"]): K6Options {
  return {
    scenarios,
    thresholds,
    summaryTrendStats: SUMMARY_TREND_STATS,
    systemTags: SYSTEM_TAGS,
    discardResponseBodies: false,
    setupTimeout: "120s",
  };
}
