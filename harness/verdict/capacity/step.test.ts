import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../../collect/record.ts";
import { sampleFingerprint } from "../../environment/fingerprint/sample-fingerprint.ts";
import type { ScenarioPlan } from "../../plan/plan.ts";
import { sampleRun } from "../../report/sample.ts";
import { judgeStep } from "./step.ts";

const { machine } = sampleFingerprint();
const { plan, record } = sampleRun("pass");
const [scenario] = plan.scenarios as readonly [ScenarioPlan];
const [measured] = record.scenarios as readonly [ScenarioRecord];

const judged = (change: Partial<ScenarioRecord>, stopped = false) =>
  judgeStep(scenario, { ...measured, ...change }, machine, stopped);
/** The answers of each second take `factor(second)` times as long. */
const slowing = (factor: (second: number) => number): Partial<ScenarioRecord> => ({
  series: measured.series.map((window) =>
    window.p50 === undefined ? window : { ...window, p50: window.p50 * factor(window.second) },
  ),
});
const dropping = (dropped: number): Partial<ScenarioRecord> => ({
  iterations: measured.iterations.map((stream) => ({ ...stream, dropped })),
});

describe("a step of a capacity search", () => {
  it("holds where every budget does, nothing was dropped and no queue grew", () => {
    const step = judged({});
    expect(step).toMatchObject({ outcome: "held", reasons: [], dropped: 0, plain: false });
    expect(step.inFlight?.mean).toBeGreaterThan(0);
    expect(step.answered).toBeCloseTo(
      measured.endpoints
        .filter(({ phase }) => phase === "measured")
        .reduce((sum, e) => sum + e.requests - e.failed, 0) / measured.measuredSeconds,
    );
  });

  it("fails where one iteration was dropped, whatever the budgets say", () => {
    const step = judged(dropping(1));
    expect(step).toMatchObject({ outcome: "failed", plain: true });
    expect(step.reasons[0]).toMatchObject({ code: "dropped" });
  });

  it("fails where ever more requests are in flight, though every percentile is still inside its budget", () => {
    const step = judged(slowing((second) => 1 + second / 10));
    expect(step).toMatchObject({ outcome: "failed", plain: true });
    expect(step.reasons.map(({ code }) => code)).toEqual(["growing in-flight"]);
    expect(step.inFlight?.lower).toBeGreaterThan(0);
  });

  it.each([
    ["a service that is slow from beginning to end", () => 6],
    ["one that gets faster", (second: number) => 4 / (1 + second / 10)],
    ["a stall of three seconds", (second: number) => (second >= 30 && second < 33 ? 20 : 1)],
  ])("does not take for a growing queue: %s", (_, factor) => {
    expect(judged(slowing(factor)).reasons.map(({ code }) => code)).not.toContain("growing in-flight");
  });

  it("fails where a budget's max was missed, and names endpoint, figure and budget; that alone may be noise", () => {
    const run = sampleRun("fail");
    const [slow] = run.record.scenarios as readonly [ScenarioRecord];
    const step = judgeStep(scenario, slow, machine, false);
    expect(step.outcome).toBe("failed");
    const [reason] = step.reasons.filter(({ code }) => code === "budget");
    expect(reason?.sentence).toMatch(/^p95 of latency of projects\.create: 642 ms, and the budget is p95 of latency/);
  });

  it("is invalid where the instrument was not sound, even while iterations were dropped", () => {
    const canary = {
      ...measured.instrument,
      canary: { count: 500, failed: 0, dropped: 0, p50: 1, p95: 9, p99: 97, max: 99 },
    };
    const step = judged({ ...dropping(50), instrument: canary });
    expect(step.outcome).toBe("invalid");
    expect(step.reasons[0]).toMatchObject({ code: "generator" });
  });

  it("is invalid where k6 ended by itself, and failed where the search had ended it", () => {
    const outcome = { ...measured.outcome, exit: { kind: "aborted", how: "stopped by proofload" } } as const;
    expect(judged({ outcome }).outcome).toBe("invalid");
    const stopped = judged({ outcome }, true);
    expect(stopped.outcome).toBe("failed");
    expect(stopped.reasons).toHaveLength(1);
  });

  it("does not hold open books against a load that it cut short", () => {
    const books = { ...measured.books, lines: measured.books.lines.map((line) => ({ ...line, log: line.log + 1 })) };
    expect(judged({ books }).outcome).toBe("invalid");
    expect(judged({ books, ...dropping(90) }, true).outcome).toBe("failed");
  });

  it("fails where the service went past its memory limit, whatever the rest of the step was like", () => {
    const outcome = { ...measured.outcome, exit: { kind: "aborted", how: "stopped by proofload" } } as const;
    const books = { ...measured.books, lines: measured.books.lines.map((line) => ({ ...line, log: line.log + 1 })) };
    const step = judgeStep(scenario, { ...measured, outcome, books }, machine, false, "out of memory: the service");
    expect(step).toMatchObject({ outcome: "failed", plain: true });
    expect(step.reasons[0]).toEqual({ code: "out of memory", sentence: "out of memory: the service" });
  });

  it("is invalid where the script asks for less than its streams promise: the rate was never driven", () => {
    const endpoints = measured.endpoints.map((one) => ({
      ...one,
      requests: Math.round(one.requests / 2),
      failed: Math.round(one.failed / 2),
    }));
    const step = judged({ endpoints });
    expect(step.outcome).toBe("invalid");
    expect(step.reasons[0]?.sentence).toMatch(/^the script sent \d+ requests where `calls` of its streams promise \d+/);
    // Dropped iterations are the service's.
    expect(judged({ endpoints, ...dropping(90) }).outcome).toBe("failed");
  });

  it("says which budgets are bound to larger hardware, instead of holding them in silence", () => {
    const boundTo = { name: "large", cpus: 999, memoryGiB: 999 };
    const endpoints = scenario.endpoints.map((one) => ({
      ...one,
      budgets: one.budgets.map((budget) => ({ ...budget, boundTo })),
    }));
    const step = judgeStep({ ...scenario, endpoints }, measured, machine, false);
    expect(step.unjudged.join()).toContain("declared for large (999 CPUs, 999 GiB)");
  });

  it("says which budgets had too few samples, instead of holding them", () => {
    const endpoints = measured.endpoints.map((endpoint) =>
      endpoint.endpoint === "auth.login" && endpoint.latency !== undefined
        ? { ...endpoint, requests: 30, latency: { ...endpoint.latency, count: 30 } }
        : endpoint,
    );
    const step = judged({ endpoints });
    expect(step.outcome).toBe("held");
    expect(step.unjudged.join()).toContain("auth.login: 30 samples, and p95 needs at least 72");
  });
});

describe("the rate that the generator may be asked for", () => {
  const used = (cpu: number) =>
    judged({
      resources: [{ part: "k6", metric: "cpu", points: Array.from({ length: 70 }, (_, at) => [at, cpu] as const) }],
    }).generator;

  it("is that at which it would take four tenths of every core that it shares", () => {
    const requests = measured.endpoints
      .filter(({ phase }) => phase === "measured")
      .reduce((sum, e) => sum + e.requests, 0);
    const rate = (requests + (measured.instrument.canary?.count ?? 0)) / measured.measuredSeconds;
    const { ceiling = 0, cpu } = used(0.2);
    expect(cpu).toBeCloseTo(0.2);
    const cores = measured.instrument.generator.allowedCores < machine.cpus ? undefined : 0.4 * machine.cpus;
    expect(cores).toBeDefined();
    expect(ceiling).toBeCloseTo((rate * (cores ?? 0)) / 0.2, 5);
  });

  it("is not known where it did next to nothing", () => {
    expect(used(0.001).ceiling).toBeUndefined();
  });
});
