/**
 * Runs that never were: records as a real run leaves them, made from a seed, for tests of everything that renders.
 * The verdict on them is the real judge's.
 */
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { Plan } from "../plan/plan.ts";
import { judge } from "../verdict/judge.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { samplePlan } from "./sample-plan.ts";
import { type SampleLoad, sampleScenario } from "./sample-record.ts";

export interface SampleRun {
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly verdict: Verdict;
}

export type SampleKind = "pass" | "fail" | "invalid" | "inconclusive" | "saturated";

/** One run of two scenarios that ends as its kind says. */
export function sampleRun(kind: SampleKind): SampleRun {
  const plan = samplePlan();
  return judged(plan, {
    schema: "proofload/record/1",
    runId: plan.runId,
    suite: plan.suite,
    createdAt: plan.createdAt,
    proofloadVersion: "0.1.0",
    commit: {
      sha: "7d0f3c1b2a9e8d7c6b5a493827160f5e4d3c2b1a",
      time: "2026-03-14T08:58:40.000Z",
      dirty: kind !== "pass",
    },
    sharedHost: false,
    fingerprint: sampleFingerprint(),
    scenarios: plan.scenarios.map((scenario, index) => {
      const made = sampleScenario(scenario, index === 0 ? LOADS[kind] : {});
      return index === 0 ? changed(made, kind) : made;
    }),
  });
}

/** With these checks of the instrument alone: whole texts in tests then hold still when the judge learns another. */
export function withFewChecks(run: SampleRun): SampleRun {
  const kept = ["canary p99", "start lag p99", "k6 throttled", "k6 CPU", "books"];
  const scenarios = run.verdict.scenarios.map((scenario) => ({
    ...scenario,
    validity: scenario.validity.filter((check) => kept.includes(check.name)),
  }));
  return { ...run, verdict: { ...run.verdict, scenarios } };
}

/** The same run where all names, statuses, errors and texts are the given ones, in turn. */
export function sampleRunWithNames(names: readonly string[]): SampleRun {
  const { plan, record } = sampleRun("fail");
  const [scenarioPlan] = plan.scenarios;
  const [scenario] = record.scenarios;
  const [endpointPlan] = scenarioPlan?.endpoints ?? [];
  const endpoint = scenario?.endpoints.find((entry) => entry.phase === "measured");
  if (scenarioPlan === undefined || scenario === undefined || endpointPlan === undefined || endpoint === undefined) {
    throw new TypeError("the sample has no endpoint");
  }
  const first = names[0] ?? "";
  const renamed: ScenarioRecord = {
    ...scenario,
    name: first,
    title: first,
    target: first,
    endpoints: names.flatMap((name) => [
      {
        ...endpoint,
        endpoint: name,
        path: name,
        class: name,
        byStatus: { [name]: 1, "200": 9 },
        byError: { [name]: 3 },
      },
      { ...endpoint, endpoint: name, phase: "warmup" as const },
    ]),
    series: names.flatMap((name) =>
      scenario.series
        .filter((window) => window.endpoint === endpoint.endpoint)
        .map((window) => ({ ...window, endpoint: name })),
    ),
    checks: names.map((name) => ({ name, endpoint: name, passes: 1, fails: 2 })),
    iterations: scenario.iterations.map((stream) => ({ ...stream, stream: first })),
    resources: names.map((name) => ({ part: name, metric: name, points: [[1, 2] as const, [2, 3] as const] })),
    environment: {
      ...scenario.environment,
      parts: [{ name: "service", version: first, logFile: first }],
      limits: names,
    },
    instrument: { ...scenario.instrument, serviceMode: names.slice(0, 3) },
  };
  return judged(
    {
      ...plan,
      suite: first,
      scenarios: [
        {
          ...scenarioPlan,
          name: first,
          title: first,
          target: first,
          settings: Object.fromEntries(names.map((name) => [name, name])),
          endpoints: names.map((name) => ({
            ...endpointPlan,
            name,
            path: name,
            classTitle: name,
            budgets: endpointPlan.budgets.map((budget) => ({ ...budget, source: name, text: name })),
          })),
        },
      ],
      requirements: names.map((name) => ({
        id: name,
        target: name,
        promise: name,
        measuredBy: name,
        notMeasured: name,
      })),
    },
    { ...record, suite: first, fingerprint: hostileFingerprint(names), scenarios: [renamed] },
  );
}

function hostileFingerprint(names: readonly string[]): RunRecord["fingerprint"] {
  const { machine, ...rest } = sampleFingerprint();
  const text = (index: number) => names[index % names.length] ?? "";
  return {
    ...rest,
    machine: { ...machine, cpuModel: text(0), governor: text(1), kernel: text(2), cgroup: text(3), node: text(4) },
    k6: { version: text(5), sha256: text(6) },
  };
}

/** The same run, where everything took, counted and used twice as much. */
export function doubled({ plan, record }: SampleRun): SampleRun {
  return judged(plan, { ...record, scenarios: record.scenarios.map(doubledScenario) });
}

function doubledScenario(scenario: ScenarioRecord): ScenarioRecord {
  const twice = <T extends object>(numbers: T): T =>
    Object.fromEntries(
      Object.entries(numbers).map(([key, value]) => [
        key,
        typeof value === "number" && key !== "second" && key !== "scale" && key !== "offset" ? value * 2 : value,
      ]),
    ) as T;
  return {
    ...scenario,
    endpoints: scenario.endpoints.map((endpoint) => ({
      ...twice(endpoint),
      ...(endpoint.latency === undefined ? {} : { latency: twice(endpoint.latency) }),
      ...(endpoint.histogram === undefined
        ? {}
        : {
            histogram: {
              ...twice(endpoint.histogram),
              // One power of two further up: every value twice as large.
              offset: endpoint.histogram.offset + 2 ** endpoint.histogram.scale,
              counts: endpoint.histogram.counts.map((count) => count * 2),
            },
          }),
    })),
    series: scenario.series.map(twice),
    progress: scenario.progress.map(twice),
    resources: scenario.resources.map((series) => ({
      ...series,
      points: series.points.map(([second, value]) => [second, value * 2] as const),
    })),
  };
}

function judged(plan: Plan, record: RunRecord): SampleRun {
  return { plan, record, verdict: judge(plan, record) };
}

const LOADS: Readonly<Record<SampleKind, SampleLoad>> = {
  pass: {},
  fail: { slower: { "projects.create": 30, "auth.login": 1.7 }, failing: { "llm.questions": 0.06 } },
  invalid: { slower: { "auth.login": 1.4 } },
  inconclusive: { thinned: { "llm.questions": 0.02 } },
  saturated: { slower: { "projects.list": 9 }, dropped: 1488 },
};

/** What the load alone does not show: an instrument that was not sound. */
function changed(scenario: ScenarioRecord, kind: SampleKind): ScenarioRecord {
  if (kind !== "invalid") {
    return scenario;
  }
  const { instrument } = scenario;
  return {
    ...scenario,
    instrument: {
      ...instrument,
      canary: { count: 2990, failed: 0, dropped: 0, p50: 0.6, p95: 88.2, p99: 102.4, max: 131 },
      startLag: { count: 12_034, p50: 1, p99: 41, max: 96 },
      generator: { ...instrument.generator, periods: 640, throttledPeriods: 517, allowedCores: 0.1, cpuSeconds: 6.3 },
    },
  };
}
