/**
 * One scenario of one endpoint, as a plan and as a record: for tests of everything that judges. 1,000 requests of 50 ms
 * each, unless a test says otherwise.
 */
import type { EndpointRecord, HistogramRecord, LatencySummary, RunRecord, ScenarioRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { Budget, Plan, ScenarioPlan } from "../plan/plan.ts";
import { sampleScenario } from "./sample-scenario.ts";

export const scenarioPlan = (budgets: readonly Budget[], ofScenario: readonly Budget[] = []): ScenarioPlan => ({
  name: "browse",
  title: "Browse",
  target: "shop",
  profile: { name: "small", cpus: 2, memoryGiB: 4 },
  kind: "proofload",
  script: "/browse.ts",
  warmupSeconds: 2,
  measuredSeconds: 10,
  streams: [],
  endpoints: [{ name: "cart.read", method: "GET", path: "/cart", class: "read", classTitle: "Reads", budgets }],
  budgets: ofScenario,
  settings: {},
  params: {},
  data: { seed: 1 },
});

export const plan = (scenario: ScenarioPlan): Plan => ({
  schema: "proofload/plan/1",
  runId: "r1",
  createdAt: "2026-01-01T00:00:00Z",
  suite: "browse",
  environment: { kind: "embedded" },
  service: {
    name: "shop",
    directory: ".",
    command: ["node"],
    needs: {},
    portVariable: "PORT",
    readyPath: "/",
    readyWithin: "1s",
  },
  scenarios: [scenario],
  requirements: [
    { id: "A-1", target: "shop", promise: "reads are fast", measuredBy: "browse" },
    { id: "A-2", target: "shop", promise: "pages are fast", measuredBy: "browser", notMeasured: "needs a browser" },
  ],
});

export const latency = (value: number, count = 1000): LatencySummary => ({
  count,
  mean: value,
  min: value,
  max: value,
  p50: value,
  p90: value,
  p95: value,
  p99: value,
});

export const endpoint = (change: Partial<EndpointRecord> = {}): EndpointRecord => ({
  endpoint: "cart.read",
  phase: "measured",
  requests: 1000,
  failed: 0,
  dropped: 0,
  byStatus: { "200": 1000 },
  byError: {},
  latency: latency(50),
  source: "exact",
  ...change,
});

export const stream = (completed: number, dropped: number): ScenarioRecord["iterations"][number] => ({
  stream: "read",
  model: "open",
  planned: completed + dropped,
  completed,
  dropped,
  interrupted: 0,
  vus: 60,
  vusNeeded: 60,
});

export const scenarioRecord = (change: Partial<ScenarioRecord> = {}): ScenarioRecord => {
  const { outcome, instrument } = sampleScenario({});
  return sampleScenario({
    name: "browse",
    outcome: { ...outcome, endedAt: 12_000 },
    warmupSeconds: 2,
    measuredSeconds: 10,
    endpoints: [endpoint()],
    iterations: [stream(1000, 0)],
    instrument: { ...instrument, startLag: { count: 1000, p50: 0, p99: 2, max: 4 } },
    ...change,
  });
};

export const run = (scenario: ScenarioRecord): RunRecord => ({
  schema: "proofload/record/1",
  runId: "r1",
  suite: "browse",
  createdAt: "2026-01-01T00:00:00Z",
  proofloadVersion: "0",
  sharedHost: false,
  fingerprint: sampleFingerprint(),
  scenarios: [scenario],
});

/** All values in one bucket around `value`, as an exponential histogram at scale 5 (about 2 % wide). */
export const histogramAt = (value: number, count: number): HistogramRecord => {
  const index = Math.ceil(Math.log2(value) * 2 ** 5) - 1;
  return { scale: 5, offset: index, counts: [count], zeroCount: 0, count, sum: value * count, min: value, max: value };
};

/** The kernel ended the service at its memory limit, under load. */
export const outOfMemory: NonNullable<RunRecord["outOfMemory"]> = {
  part: "service",
  how: "killed by SIGKILL",
  limitBytes: 64 * 1024 ** 2,
  at: 0,
  scenario: "browse",
  during: "load",
  lastLines: [],
};
