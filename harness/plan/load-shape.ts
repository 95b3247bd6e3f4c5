import type { LoadShape } from "./definition.ts";
import type { EndpointPlan, PhaseLoad, StreamPlan } from "./plan.ts";
import { type Parsed, parseDuration } from "./quantity.ts";

/** k6 takes about 0.7 MB a VU: beyond this a plan is a mistake more often than a wish. */
export const MOST_VUS = 5000;

/** What an answer may take when no budget says so. */
export const DEFAULT_ANSWER_SECONDS = 2;

/** What VUs are kept in reserve for, beyond answers that take as long as their budgets allow. */
const RESERVE_SECONDS = 1;
/** Drops of the warm-up count for nothing, and each VU takes memory that k6's garbage collector goes through. */
const WARMUP_RESERVE_SECONDS = 0.1;

/**
 * How long an iteration takes while every answer takes as long as its budget allows: the largest max budget among the
 * stream's endpoints, or their sum weighted with the calls of one iteration, whichever is larger.
 */
export function longestIteration(
  calls: Readonly<Record<string, number>>,
  endpoints: readonly Pick<EndpointPlan, "name" | "budgets">[],
): number {
  let largest = 0;
  let sum = 0;
  for (const [name, perIteration] of Object.entries(calls)) {
    const budgets = endpoints.find((endpoint) => endpoint.name === name)?.budgets ?? [];
    const limits = budgets.filter((budget) => budget.unit === "ms").map((budget) => budget.max / 1000);
    const seconds = limits.length === 0 ? DEFAULT_ANSWER_SECONDS : Math.max(...limits);
    largest = Math.max(largest, seconds);
    sum += perIteration * seconds;
  }
  return Math.max(largest, sum);
}

/**
 * VUs that an open shape needs so that no iteration is dropped while iterations take this long:
 * ceil(rate × (longest iteration + 1 s)), design decision 9. 0 for closed shapes.
 */
export function vusNeeded(load: LoadShape, iterationSeconds: number): number {
  return Math.ceil((peakRate(load) ?? 0) * (iterationSeconds + RESERVE_SECONDS));
}

function peakRate(load: LoadShape): number | undefined {
  if (load.model === "open") {
    return load.rate;
  }
  return load.model === "open-ramp" ? Math.max(load.startRate, ...load.stages.map((stage) => stage.rate)) : undefined;
}

/** Parses the durations of a shape and derives its warm-up: the same load, or the gentle start of a ramp. */
export function phaseLoads(
  load: LoadShape,
  warmupSeconds: number,
  iterationSeconds: number,
): Parsed<Pick<StreamPlan, "warmup" | "measured">> {
  const measured = parseLoad(load, vusNeeded(load, iterationSeconds));
  if (!measured.ok) {
    return measured;
  }
  if (secondsOf(measured.value) < 1 && measured.value.model !== "iterations") {
    return {
      ok: false,
      what: "arrival rates and users need a duration of at least 1 s",
      instead: 'a longer duration, or model "iterations"',
    };
  }
  const warmup = warmupSeconds < 1 ? undefined : warmupLoad(measured.value, warmupSeconds, iterationSeconds);
  return { ok: true, value: { measured: measured.value, ...(warmup === undefined ? {} : { warmup }) } };
}

function parseLoad(load: LoadShape, vus: number): Parsed<PhaseLoad> {
  switch (load.model) {
    case "open":
      return withSeconds(load.duration, (seconds) => ({ model: "open", rate: load.rate, seconds, vus }));
    case "closed":
      return withSeconds(load.duration, (seconds) => ({ model: "closed", users: load.users, seconds }));
    case "iterations":
      return withSeconds(load.atMost, (atMostSeconds) => ({
        model: "iterations",
        users: load.users,
        iterationsPerUser: load.iterationsPerUser,
        atMostSeconds,
      }));
    case "one-at-a-time":
      return withSeconds(load.atMost, (atMostSeconds) => ({
        model: "one-at-a-time",
        requests: load.requests,
        atMostSeconds,
      }));
    case "open-ramp":
      return withStages(load.stages, (stages) => ({ model: "open-ramp", startRate: load.startRate, stages, vus }));
    case "closed-ramp":
      return withStages(load.stages, (stages) => ({ model: "closed-ramp", stages }));
  }
}

function withSeconds(duration: string, make: (seconds: number) => PhaseLoad): Parsed<PhaseLoad> {
  const parsed = parseDuration(duration);
  return parsed.ok ? { ok: true, value: make(parsed.value) } : parsed;
}

function withStages<S extends { readonly duration: string }>(
  stages: readonly S[],
  make: (stages: readonly (Omit<S, "duration"> & { readonly seconds: number })[]) => PhaseLoad,
): Parsed<PhaseLoad> {
  const parsed: (Omit<S, "duration"> & { readonly seconds: number })[] = [];
  for (const { duration, ...stage } of stages) {
    const seconds = parseDuration(duration);
    if (!seconds.ok) {
      return seconds;
    }
    parsed.push({ ...stage, seconds: seconds.value });
  }
  return { ok: true, value: make(parsed) };
}

function warmupLoad(measured: PhaseLoad, seconds: number, iterationSeconds: number): PhaseLoad {
  const open = (rate: number): PhaseLoad => {
    const vus = Math.ceil(rate * (iterationSeconds + WARMUP_RESERVE_SECONDS));
    return { model: "open", rate, seconds, vus };
  };
  switch (measured.model) {
    case "open":
      return open(measured.rate);
    case "open-ramp":
      return open(Math.max(1, measured.startRate, ...measured.stages.map((stage) => stage.rate / 10)));
    case "closed":
      return { ...measured, seconds };
    case "closed-ramp":
      return {
        model: "closed",
        users: Math.ceil(Math.max(1, ...measured.stages.map((stage) => stage.users / 10))),
        seconds,
      };
    case "iterations":
      return { model: "closed", users: measured.users, seconds };
    case "one-at-a-time":
      return { model: "closed", users: 1, seconds };
  }
}

/** How long a load lasts at most, without graceful stop, in seconds. */
export function secondsOf(load: PhaseLoad): number {
  switch (load.model) {
    case "open":
    case "closed":
      return load.seconds;
    case "open-ramp":
    case "closed-ramp":
      return load.stages.reduce((total, stage) => total + stage.seconds, 0);
    case "iterations":
    case "one-at-a-time":
      return load.atMostSeconds;
  }
}
