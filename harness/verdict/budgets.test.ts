import { describe, expect, it } from "vitest";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import { MINIMUM_SAMPLES } from "../plan/metrics.ts";
import type { Budget } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { type Figure, judgeBudgets, judgeFigure } from "./budgets.ts";
import { endpoint, latency, scenarioPlan, scenarioRecord } from "./sample-browse.ts";
import type { Measured } from "./verdict.ts";

const { machine } = sampleFingerprint();
const SUBJECT = { kind: "endpoint", name: "cart.read" } as const;
const judged = (of: string | Budget, figure: Partial<Figure>) => {
  const limit = typeof of === "string" ? budget(of) : of;
  return judgeFigure(SUBJECT, limit, { measured: undefined, count: 1000, ...figure }, { machine });
};
const BEYOND = Number.POSITIVE_INFINITY;
const P95 = "p95 of latency < 100 ms, max 200 ms";

describe("one limit against one figure", () => {
  it.each<readonly [string, Measured, string]>([
    [P95, { value: 99.9 }, "PASS"],
    [P95, { value: 100 }, "WARN"],
    [P95, { value: 199.9 }, "WARN"],
    [P95, { value: 200 }, "FAIL"],
    [P95, { value: Number.NaN }, "FAIL"],
    ["p95 of latency <= 100 ms, max 200 ms", { value: 100 }, "PASS"],
    ["p95 of latency <= 100 ms, max 200 ms", { value: 200 }, "WARN"],
    ["p95 of latency <= 100 ms, max 200 ms", { value: 200.1 }, "FAIL"],
    ["request_rate > 100/s, max 50/s", { value: 100.1 }, "PASS"],
    ["request_rate > 100/s, max 50/s", { value: 100 }, "WARN"],
    ["request_rate > 100/s, max 50/s", { value: 50 }, "FAIL"],
    ["request_rate >= 100/s, max 50/s", { value: 100 }, "PASS"],
    ["request_rate >= 100/s, max 50/s", { value: 50 }, "WARN"],
    ["request_rate >= 100/s, max 50/s", { value: 49.9 }, "FAIL"],
    [P95, { lower: 90, upper: 99 }, "PASS"],
    [P95, { lower: 90, upper: 100 }, "WARN"],
    [P95, { lower: 90, upper: 200 }, "INCONCLUSIVE"],
    [P95, { lower: 199, upper: 300 }, "INCONCLUSIVE"],
    [P95, { lower: 200, upper: 300 }, "FAIL"],
    ["request_rate > 100/s, max 50/s", { lower: 101, upper: 200 }, "PASS"],
    ["request_rate > 100/s, max 50/s", { lower: 100, upper: 200 }, "WARN"],
    ["request_rate > 100/s, max 50/s", { lower: 50, upper: 200 }, "INCONCLUSIVE"],
    ["request_rate > 100/s, max 50/s", { lower: 20, upper: 51 }, "INCONCLUSIVE"],
    ["request_rate > 100/s, max 50/s", { lower: 20, upper: 50 }, "FAIL"],
  ])("%s with %j is %s", (limit, measured, kind) => {
    expect(judged(limit, { measured }).kind).toBe(kind);
  });

  it.each<readonly [string, Measured, number | undefined]>([
    [P95, { value: 50 }, 0.75],
    [P95, { value: 250 }, -0.25],
    [P95, { lower: 50, upper: 150 }, 0.25],
    [P95, { lower: 50, upper: BEYOND }, -BEYOND],
    ["request_rate > 100/s", { value: 150 }, 0.5],
    ["request_rate > 100/s", { lower: 75, upper: 150 }, -0.25],
    ["dropped_iterations <= 0", { value: 0 }, undefined],
  ])("%s with %j leaves room of %d of the limit, at the harshest reading", (limit, measured, margin) => {
    expect(judged(limit, { measured }).margin).toBe(margin);
  });

  it("says everything that there is to say about the figure, and no more", () => {
    const measured = { lower: BEYOND, upper: BEYOND };
    const because = "5 dropped iterations count as answers that never came";
    expect(judged(P95, { measured, slowest: 90, because })).toStrictEqual({
      subject: SUBJECT,
      budget: budget(P95),
      kind: "FAIL",
      measured,
      count: 1000,
      margin: -BEYOND,
      slowest: 90,
    });
    expect(judged(P95, { measured: { value: 50 } })).not.toHaveProperty("slowest");
  });

  it.each<readonly [Partial<Figure>, string, string | undefined]>([
    [{ count: 0 }, "INCONCLUSIVE", "nothing was measured"],
    [{ because: "no request succeeded" }, "INCONCLUSIVE", "no request succeeded"],
    [{ measured: { value: 50 }, count: 71 }, "INCONCLUSIVE", "71 samples, and p95 needs at least 72"],
    [
      { measured: { lower: 90, upper: 1200 } },
      "INCONCLUSIVE",
      "the limit lies inside what was measured: between 90 ms and 1.2 s",
    ],
    [
      { measured: { lower: 90, upper: 300 }, evidence: "3 × SELECT" },
      "INCONCLUSIVE",
      "the limit lies inside what was measured: between 90 ms and 300 ms (3 × SELECT)",
    ],
    [
      { measured: { lower: 90, upper: 300 }, because: "of a drop", evidence: "3 × SELECT" },
      "INCONCLUSIVE",
      "of a drop",
    ],
    [{ measured: { value: 300 }, because: "of a drop", evidence: "3 × SELECT" }, "FAIL", "3 × SELECT"],
    [{ measured: { value: 150 }, because: "of a drop", evidence: "3 × SELECT" }, "WARN", "3 × SELECT"],
    [{ measured: { value: 50 }, because: "of a drop", evidence: "3 × SELECT" }, "PASS", undefined],
  ])("of %j is %s, because %s", (figure, kind, because) => {
    const verdict = judged(P95, figure);
    expect([verdict.kind, verdict.because]).toEqual([kind, because]);
    expect("because" in verdict).toBe(because !== undefined);
  });

  const fewest = MINIMUM_SAMPLES.mean ?? 0;
  it.each<readonly [string, Budget, number]>([
    ["a percentile that of its statistic", budget(P95), MINIMUM_SAMPLES.p95 ?? 0],
    ["a share one request", budget("error_rate < 1 %"), 1],
    ["what the service counted by itself one sample", budget("p99 of event_loop_delay < 10 ms"), 1],
    ["the time of a bench those of a mean", budget("mean of time in one < 1 s"), fewest],
    ["what else a bench measured one sample", budget("mean of bytes in one < 1 MB"), 1],
    ["a k6 threshold as many as it says", { ...budget("k6_threshold < 5"), minimumSamples: 20 }, 20],
  ])("%s: so many samples are enough", (_, limit, enough) => {
    const measured = { value: 0 };
    expect(judged(limit, { measured, count: enough }).kind).toBe("PASS");
    const { kind, because } = judged(limit, { measured, count: enough - 1 });
    expect(kind).toBe("INCONCLUSIVE");
    expect(because).toBe(`${enough - 1} samples, and ${limit.statistic} needs at least ${enough}`);
  });

  it("is not comparable on lesser hardware than it was declared for, however few samples there are", () => {
    const bound = { ...budget(P95), boundTo: { name: "production", cpus: 16, memoryGiB: 32 } };
    const { kind, because, measured } = judged(bound, { measured: { value: 500 }, count: 1 });
    expect([kind, measured]).toEqual(["NOT_COMPARABLE", { value: 500 }]);
    expect(because).toBe("declared for production (16 CPUs, 32 GiB), measured on 2 CPUs, 8 GiB");
  });
});

describe("the budgets of a plan", () => {
  const MB = 1024 ** 2;
  const record = scenarioRecord({
    measures: [{ metric: "service_rss", statistic: "max", value: 50 * MB, count: 10 }],
    latency: { latency: latency(50) },
  });
  const verdicts = (of: readonly string[], ofScenario: readonly string[], on = record) => {
    const scenario = scenarioPlan(
      of.map((limit) => budget(limit)),
      ofScenario.map((limit) => budget(limit)),
    );
    return judgeBudgets(scenario, on, machine).map(({ subject, budget: { text }, kind, because }) => {
      return [`${subject.kind} ${subject.name}`, text, kind, ...(because === undefined ? [] : [because])];
    });
  };

  it("are judged endpoint by endpoint, then those of the scenario; a capacity is neither met nor missed by a run", () => {
    const whole = ["p95 of latency < 40 ms", "capacity > 10/s", "service_rss < 64 MB"];
    expect(verdicts(["p95 of latency < 100 ms", "error_rate < 1 %"], whole)).toEqual([
      ["endpoint cart.read", "p95 of latency < 100 ms", "PASS"],
      ["endpoint cart.read", "error_rate < 1 %", "PASS"],
      ["scenario browse", "p95 of latency < 40 ms", "FAIL"],
      ["scenario browse", "service_rss < 64 MB", "PASS"],
    ]);
  });

  it("say nothing of what a client sees under stress, but when the service broke and recovered", () => {
    const whole = ["error_rate < 1 %", "breaking_point > 10/s", "recovery_time < 10 s", "service_rss < 64 MB"];
    const never = "it kept its limits up to 0/s, the highest rate of this scenario";
    expect(verdicts(["p95 of latency < 100 ms", "request_rate > 1/s"], whole)).toEqual([
      ["endpoint cart.read", "request_rate > 1/s", "PASS"],
      ["scenario browse", "breaking_point > 10/s", "INCONCLUSIVE", never],
      ["scenario browse", "recovery_time < 10 s", "INCONCLUSIVE", `nothing to recover from: ${never}`],
      ["scenario browse", "service_rss < 64 MB", "PASS"],
    ]);
  });

  it("on growth know the limit that it grows towards", () => {
    const seconds = Array.from({ length: 120 }, (_, second) => second);
    const growing = scenarioRecord({
      series: seconds.map((second) => ({ endpoint: "a", phase: "measured", second, requests: 9, failed: 0 })),
      resources: [
        { part: "service", metric: "rss", points: seconds.map((second) => [second, (100 + second) * MB] as const) },
      ],
      measures: [{ metric: "service_rss", statistic: "max", value: 219 * MB, count: 120 }],
    });
    // 219 MB at the end, and one more in every second: 293 seconds are left.
    expect(verdicts([], ["slope of service_rss < 64 MB/h", "max of service_rss < 512 MB"], growing)).toEqual([
      [
        "scenario browse",
        "slope of service_rss < 64 MB/h",
        "FAIL",
        "at this pace it reaches its budget of 512 MB in 4.88 min",
      ],
      ["scenario browse", "max of service_rss < 512 MB", "PASS"],
    ]);
  });

  it("are held against the hardware that was laid out, where it was", () => {
    const share = { cpus: 0.5, cpuset: "0", memoryBytes: 512 * MB };
    const layout = {
      profile: "small",
      scale: 0.5,
      parts: { service: share, postgres: share, redis: share, generator: share },
      sharesCores: false,
      postgres: {},
      redis: {},
    };
    const boundTo = { name: "small", cpus: 2, memoryGiB: 4 };
    const scenario = scenarioPlan([{ ...budget(P95), boundTo }]);
    const on = scenarioRecord({
      endpoints: [endpoint()],
      environment: { ...record.environment, layout },
    });
    const [verdict] = judgeBudgets(scenario, on, machine);
    expect(verdict?.because).toBe("declared for small (2 CPUs, 4 GiB), measured on the profile small scaled to 50 %");
  });
});
