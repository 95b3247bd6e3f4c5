import { describe, expect, it } from "vitest";
import type { EndpointWindow, ProgressPoint, ResourceSeries } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { offeredRate, stressProblems } from "../plan/stress.ts";
import { judgeBudgets } from "./budgets.ts";
import { sampleScenario } from "./sample-scenario.ts";
import { stressPlan, WARMUP } from "./sample-stress.ts";
import { judgeStress, stressReason } from "./stress.ts";

const MACHINE = sampleFingerprint().machine;
const HOLD = 10;
const CALM = 25;
const RATES = [100, 200, 400, 800];

const stages = [
  { rate: 50, seconds: HOLD },
  ...[...RATES, 50].flatMap((rate, index) => [
    { rate, seconds: 1 },
    { rate, seconds: index < RATES.length ? HOLD : CALM },
  ]),
];
const measuredSeconds = stages.reduce((sum, { seconds }) => sum + seconds, 0);

function planOf(
  limits: readonly string[] = ["breaking_point > 150/s", "recovery_time < 10 s"],
  latency = "p95 of latency < 100 ms",
): ScenarioPlan {
  const budgets = ["error_rate < 1 %", ...limits].map((limit) => budget(limit));
  return stressPlan(ramp(), { endpoints: { list: [budget(latency)] }, budgets });
}

interface Service {
  /** Requests a second that it can take. */
  readonly takes: number;
  /** Seconds of calm until it is as before. */
  readonly recovers: number;
  /** A single slow second, long before it breaks. */
  readonly hiccupAt?: number;
  /** Milliseconds that it takes when it is slow; 900. */
  readonly slow?: number;
}

/** What a run of the plan leaves behind: fast until the rate is too high, then slow, with drops. */
function stressed({ takes, recovers, hiccupAt, slow = 900 }: Service) {
  const series: EndpointWindow[] = [];
  const progress: ProgressPoint[] = [];
  const cpu: [number, number][] = [];
  const calmFrom = measuredSeconds - CALM;
  for (let index = -WARMUP; index < measuredSeconds; index++) {
    const second = index + WARMUP;
    const rate = index < 0 ? 50 : offeredRate(ramp(), index + 0.5);
    const isSlow =
      index >= 0 && (rate > takes || (index >= calmFrom && index < calmFrom + recovers) || index === hiccupAt);
    const answered = Math.round(Math.min(rate, takes));
    const phase = index < 0 ? "warmup" : "measured";
    const p95 = isSlow ? slow : 20;
    series.push({
      endpoint: "list",
      phase,
      second,
      requests: answered,
      failed: 0,
      p50: p95 / 2,
      p95,
      p99: p95,
      max: p95,
    });
    progress.push({
      second,
      requests: answered,
      failed: 0,
      dropped: Math.max(0, Math.round(rate) - answered),
      vus: 10,
    });
    cpu.push([second + 0.5, Math.min(1, rate / takes)]);
  }
  const resources: ResourceSeries[] = [{ part: "service", metric: "busiest_thread", points: cpu }];
  return sampleScenario({ name: "stress", measuredSeconds, series, progress, resources });
}

function ramp() {
  return { model: "open-ramp", startRate: 50, stages, vus: 900 } as const;
}

const stress = (service: Service) => judgeStress(planOf(), stressed(service), MACHINE);

describe("stress", () => {
  it("finds the step that broke the service, the one that held, and what was used up first", () => {
    const found = stress({ takes: 250, recovers: 3 });
    expect(found.broken).toMatchObject({ held: 200, how: "p95 of list over 100 ms" });
    // The ramp to the next step takes a second.
    expect(found.broken?.rate).toBeGreaterThan(250);
    expect(found.broken?.rate).toBeLessThanOrEqual(400);
    expect(found.broken?.resource).toMatch(/thread of the service/);
    expect(found.recovery).toEqual({ seconds: 3, isOver: true });
  });

  it("does not call a rate held that it had for one second on the way to the next step", () => {
    // It could take the ramp's 600/s, and no 700.
    expect(stress({ takes: 650, recovers: 3 }).broken).toMatchObject({ held: 400, rate: 800 });
  });

  it("does not call a rate held whose requests may still have been waiting when it broke", () => {
    const plan = planOf(undefined, "p95 of latency < 9 s");
    const found = judgeStress(plan, stressed({ takes: 650, recovers: 3, slow: 9500 }), MACHINE);
    expect(found.broken).toMatchObject({ held: 300, rate: 800 });
  });

  it("has not recovered where the end is calm for less than five seconds", () => {
    expect(stress({ takes: 250, recovers: CALM - 3 }).recovery).toEqual({ seconds: CALM, isOver: false });
    expect(stress({ takes: 250, recovers: CALM - 5 }).recovery).toEqual({ seconds: CALM - 5, isOver: true });
  });

  it("does not take for recovered what answers too seldom in the end to have a percentile", () => {
    const record = stressed({ takes: 250, recovers: CALM });
    const calmFrom = WARMUP + measuredSeconds - CALM;
    const series = record.series.map((window) => (window.second < calmFrom ? window : { ...window, requests: 4 }));
    const verdicts = judgeBudgets(planOf(), { ...record, series }, MACHINE);
    const recovery = verdicts.find(({ budget: { metric } }) => metric === "recovery_time");
    expect(recovery).toMatchObject({ kind: "INCONCLUSIVE", measured: undefined });
    expect(recovery?.because).toContain("no endpoint had 5 answers in a second");
  });

  it("does not take one slow second for the end", () => {
    expect(stress({ takes: 250, recovers: 3, hiccupAt: 15 }).broken?.held).toBe(200);
  });

  it("finds nothing broken where the service took everything", () => {
    const plan = planOf();
    const record = stressed({ takes: 5000, recovers: 0 });
    expect(judgeStress(plan, record, MACHINE)).toMatchObject({ peakRate: 800, broken: undefined });
    const kinds = judgeBudgets(plan, record, MACHINE).map(({ budget: { metric }, kind }) => [metric, kind]);
    expect(kinds).toEqual([
      ["breaking_point", "PASS"],
      ["recovery_time", "INCONCLUSIVE"],
    ]);
  });

  it("says that the rate was not high enough where a higher breaking point was promised", () => {
    const plan = planOf(["breaking_point > 900/s"]);
    const [verdict] = judgeBudgets(plan, stressed({ takes: 5000, recovers: 0 }), MACHINE);
    expect(verdict).toMatchObject({ kind: "INCONCLUSIVE", because: expect.stringContaining("up to 800/s") });
  });

  it.each([
    [{ takes: 250, recovers: 3 }, "PASS", "PASS"],
    [{ takes: 150, recovers: 3 }, "INCONCLUSIVE", "PASS"],
    [{ takes: 90, recovers: 3 }, "FAIL", "PASS"],
    [{ takes: 250, recovers: 15 }, "PASS", "FAIL"],
    [{ takes: 250, recovers: CALM }, "PASS", "FAIL"],
  ])("with a service that is %j judges breaking point %s and recovery %s, and nothing else", (service, point, time) => {
    const verdicts = judgeBudgets(planOf(), stressed(service), MACHINE);
    expect(verdicts.map(({ budget: { metric }, kind }) => [metric, kind])).toEqual([
      ["breaking_point", point],
      ["recovery_time", time],
    ]);
  });

  it("expects drops beyond the breaking point, and says how many there were", () => {
    const [reason] = stressReason(stress({ takes: 250, recovers: 3 }), 4200);
    expect(reason).toMatchObject({ kind: "WARNING", code: "breaking point" });
    expect(reason?.sentence).toMatch(/^held at 200\/s, broke at \d+\/s: p95 of list over 100 ms; .*4200 iterations/);
  });

  it("is refused without a rate that rises, and without a calm end in which to recover", () => {
    expect(stressProblems(planOf(), "here")).toEqual([]);
    const [stream] = planOf().streams;
    const steady = {
      ...planOf(),
      streams:
        stream === undefined
          ? []
          : [{ ...stream, measured: { model: "open", rate: 50, seconds: 30, vus: 60 } as const }],
    };
    expect(stressProblems(steady, "here")[0]?.what).toMatch(/no stream here has one/);
    const abrupt = {
      ...planOf(),
      streams: stream === undefined ? [] : [{ ...stream, measured: { ...ramp(), stages: stages.slice(0, -1) } }],
    };
    expect(stressProblems(abrupt, "here")[0]?.what).toMatch(/shows only in a calm end/);
    expect(stressProblems({ ...steady, budgets: [budget("error_rate < 1 %")] }, "here")).toEqual([]);
  });
});
