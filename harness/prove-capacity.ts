import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CapacityRecord, CapacitySearch, CapacityStep } from "./collect/capacity-record.ts";
import type { LiveFigures } from "./collect/live.ts";
import { parsePrometheus } from "./collect/prometheus.ts";
import type { RunRecord } from "./collect/record.ts";
import { createRunDirectory, type RunDirectory } from "./collect/run-directory.ts";
import { serviceGauges } from "./collect/service-gauges.ts";
import { generatorCores } from "./environment/affinity.ts";
import type { Environment } from "./environment/environment.ts";
import { openGuard } from "./environment/guard.ts";
import { startGuardian } from "./environment/guardian.ts";
import { takeHostLock } from "./environment/host-lock.ts";
import { ProofloadError } from "./errors.ts";
import type { Host } from "./host.ts";
import { ensureK6 } from "./load/k6-binary.ts";
import { prepareScript } from "./load/prepare-script.ts";
import { type MeasureOptions, measure } from "./measure.ts";
import { layoutOf, openPlanned } from "./open-environment.ts";
import { outOfMemoryOf } from "./out-of-memory.ts";
import { capProblems, capsOf } from "./plan/allowed-load.ts";
import { atRate } from "./plan/at-rate.ts";
import { longestIteration } from "./plan/load-shape.ts";
import type { Plan, ScenarioPlan } from "./plan/plan.ts";
import { takeFingerprint } from "./take-fingerprint.ts";
import { type CapacityVerdict, judgeCapacity } from "./verdict/capacity/judge-capacity.ts";
import { nextStep, type Tried } from "./verdict/capacity/search.ts";
import { judgeStep } from "./verdict/capacity/step.ts";
import { deathSentence } from "./verdict/out-of-memory.ts";

export interface CapacityOptions {
  /** Folder that holds the capacity searches. */
  readonly directory: string;
  readonly configDirectory: string;
  readonly shareHost: boolean;
  readonly proofloadVersion: string;
  readonly commit?: RunRecord["commit"];
  readonly search: CapacitySearch;
  readonly onProgress: (progress: CapacityProgress) => void;
}

export type CapacityProgress =
  | { readonly kind: "step"; readonly text: string }
  /** A rate is being driven. */
  | { readonly kind: "rate"; readonly index: number; readonly rate: number; readonly purpose: CapacityStep["purpose"] }
  | { readonly kind: "figures"; readonly figures: LiveFigures; readonly elapsedSeconds: number }
  | { readonly kind: "done"; readonly step: CapacityStep };

export interface CapacityProof {
  readonly plan: Plan;
  readonly record: CapacityRecord;
  readonly verdict: CapacityVerdict;
  readonly directory: RunDirectory;
}

/** Before the first step, so that it finds compiled code, filled caches and open connections; never longer than a step. */
const WARMUP_SECONDS = 10;
/** A confirmation takes as many times as long as a step. */
const CONFIRMATION = 3;

/**
 * Searches the highest arrival rate that holds every budget: one k6 process for each rate, against one stack that is
 * kept as it is. Neither is the service restarted between the steps nor its data reset: caches and compiled code stay,
 * and what the load wrote stays too; the confirmation at the end sees all of it. Only a service that a rate drove past its
 * memory limit is started again, on fresh data: the rate has failed.
 */
export async function proveCapacity(plan: Plan, host: Host, options: CapacityOptions): Promise<CapacityProof> {
  const step = (text: string) => options.onProgress({ kind: "step", text });
  const [scenario] = plan.scenarios;
  if (scenario === undefined) throw new ProofloadError("PL_INTERNAL", "a capacity search has no scenario");
  const { search } = options;
  const layout = layoutOf(plan);
  const { interrupted: signal } = host;
  await using lock = await takeHostLock({
    pid: process.pid,
    since: plan.createdAt,
    what: `capacity ${scenario.name}`,
    share: options.shareHost,
  });
  const url = plan.environment.kind === "url" ? plan.environment.url : undefined;
  const guard = await openGuard(url, plan.allow);
  const k6 = await ensureK6({ env: host.env, cwd: host.cwd, onProgress: step, signal });
  const tools = { k6: k6.path, env: host.env, cwd: host.cwd, signal };
  step("checking the scenario");
  await prepareScript(atRate(scenario, search.from, search.stepSeconds), tools);
  const directory = await createRunDirectory(options.directory, plan.runId);
  await directory.write("plan.json", plan);

  await using guardian = await startGuardian({ runId: plan.runId, env: host.env });
  const fingerprint = await takeFingerprint(guardian, { k6, directory: directory.path, signal, onStep: step });
  await using environment = await openPlanned(plan, guard, {
    configDirectory: options.configDirectory,
    logDirectory: join(directory.path, "environment"),
    guardian,
    signal,
    onProgress: step,
    layout,
    now: host.now,
  });

  const caps = capsOf(url, plan.allow);
  const drive = async (at: ScenarioPlan, name: string, warm: boolean) => {
    const problems = capProblems([at], caps);
    if (problems.length > 0) throw new ProofloadError("PL_PLAN", "the search would ask for too much", { problems });
    const measuring: MeasureOptions = {
      runId: plan.runId,
      host,
      stream: undefined,
      guardian,
      environment,
      generatorCores: generatorCores(layout, host.env),
      k6,
      guard,
      caps,
      script: await prepareScript(at, tools),
      directory: join(directory.path, "steps", name),
      signal,
      warm,
      isOver: plainlyFailed(at),
      onFigures: (figures, elapsedSeconds) => options.onProgress({ kind: "figures", figures, elapsedSeconds }),
    };
    const { record, stopped = false, died } = await measure(at, measuring);
    if (died === undefined) return { record, stopped };
    // Postgres and Redis are not started again.
    if (died.failure.part !== "service") throw died;
    const death = outOfMemoryOf(died, { layout, at: host.now(), scenario: scenario.name, during: "load" });
    return { record, stopped, death: deathSentence(death) };
  };
  /** Whether the service lived through it. */
  const warmUp = async (rate: number, name: string) => {
    step(`warming the service up at ${rate}/s`);
    const at = atRate(scenario, rate, Math.min(WARMUP_SECONDS, search.stepSeconds));
    return (await drive(at, name, false)).death === undefined;
  };

  let isUp = await warmUp(search.from, "warm-up");
  const steps: CapacityStep[] = [];
  const tried: Tried[] = [];
  for (;;) {
    const next = nextStep(tried, search);
    if (next.next !== "step") {
      const record: CapacityRecord = {
        schema: "proofload/capacity/1",
        runId: plan.runId,
        createdAt: plan.createdAt,
        proofloadVersion: options.proofloadVersion,
        ...(options.commit === undefined ? {} : { commit: options.commit }),
        sharedHost: lock.sharedWith.length > 0,
        fingerprint,
        target: scenario.target,
        scenario: scenario.name,
        environment: environment.facts(),
        search,
        steps,
      };
      const budgets = scenario.budgets.filter(({ metric }) => metric === "capacity");
      return { plan, record, verdict: judgeCapacity(record, next, budgets), directory };
    }
    const index = steps.length;
    const { rate, purpose } = next;
    const name = String(index).padStart(2, "0");
    if (!isUp) isUp = await warmUp(Math.min(search.from, rate) / 2, `${name}-warm-up`);
    if (isUp) {
      step("waiting until the service is idle");
      await settle(environment, signal);
    }
    options.onProgress({ kind: "rate", index, rate, purpose });
    const at = atRate(scenario, rate, search.stepSeconds * (purpose === "confirm" ? CONFIRMATION : 1));
    const { record, stopped, death } = await drive(at, name, isUp);
    isUp = death === undefined;
    const { plain, ...judged } = judgeStep(at, record, fingerprint.machine, stopped, death);
    const { startedAt, endedAt } = record.outcome;
    const done: CapacityStep = { index, purpose, rate, seconds: record.measuredSeconds, startedAt, endedAt, ...judged };
    steps.push(done);
    tried.push({ rate, purpose, outcome: done.outcome, plain, ceiling: done.generator.ceiling });
    options.onProgress({ kind: "done", step: done });
  }
}

/** Drops of the measured phase from which on a step is not driven to its end: a share of its requests, and a few. */
const DROPPED_SHARE = 0.02;
const DROPPED_FEW = 5;
/** Answers that come later than this after the last request was due, beyond what their budgets allow. */
const LATE_SECONDS = 3;

/** Overload needs no second look, and what it leaves waiting delays the next step. */
function plainlyFailed(plan: ScenarioPlan): (figures: LiveFigures, elapsedSeconds: number) => boolean {
  const longest = Math.max(...plan.streams.map(({ calls }) => longestIteration(calls, plan.endpoints)));
  let since: number | undefined;
  return ({ phase, dropped, requests }, elapsedSeconds) => {
    if (phase !== "measured") return false;
    since ??= elapsedSeconds;
    const isLate = elapsedSeconds - since > plan.measuredSeconds + longest + LATE_SECONDS;
    return isLate || dropped > DROPPED_FEW + requests * DROPPED_SHARE;
  };
}

const SETTLED_MS = 50;
const SETTLED_LOOKS = 3;
const LONGEST_SETTLE_MS = 20_000;

/** Until the service answers at once and nobody waits for a connection: what a failed step left behind is not the next one's. */
async function settle(environment: Environment, signal: AbortSignal): Promise<void> {
  const end = performance.now() + LONGEST_SETTLE_MS;
  for (let calm = 0; calm < SETTLED_LOOKS && performance.now() < end; ) {
    const asked = performance.now();
    // A service without metrics says nothing; one that refuses is not idle.
    const text = await environment.scrape().catch(() => null);
    const tookMs = performance.now() - asked;
    const waiting = text ? (serviceGauges(undefined, parsePrometheus(text))["pool_waiting"] ?? 0) : 0;
    calm = text !== null && tookMs < SETTLED_MS && waiting === 0 ? calm + 1 : 0;
    await sleep(200, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
