import { describe, expect, it } from "vitest";
import type { LatencySummary, ScenarioRecord } from "../../collect/record.ts";
import { sampleFingerprint } from "../../environment/fingerprint/sample-fingerprint.ts";
import type { Budget, ScenarioPlan } from "../../plan/plan.ts";
import { budget } from "../../plan/sample-budget.ts";
import { cartEndpoint, cartPlan, cartRecord, cartStream } from "../sample-cart.ts";
import { canary, dropped, instrument, strangers } from "../sample-instrument.ts";
import { judgeStep } from "./step.ts";

type Change = Partial<ScenarioRecord>;

/** Of two cores. */
const { machine } = sampleFingerprint();
const { outcome } = cartRecord();
const judged = (change: Change, plan: Partial<ScenarioPlan> = {}) =>
  judgeStep(cartPlan(plan), cartRecord(change), machine, false);
const stopped = (change: Change) => judgeStep(cartPlan(), cartRecord(change), machine, true);

const latency = (value: number, count = 1000): LatencySummary => ({
  ...{ count, mean: value, min: value, max: value },
  ...{ p50: value, p90: value + 1, p95: value + 2, p99: value + 3 },
});
const promising = (ofEndpoint: readonly Budget[], budgets: readonly Budget[] = []): Partial<ScenarioPlan> => ({
  endpoints: cartPlan().endpoints.map((endpoint) => ({ ...endpoint, budgets: ofEndpoint })),
  budgets,
});
const exit = (how: ScenarioRecord["outcome"]["exit"]): Change => ({ outcome: { ...outcome, exit: how } });

describe("the figures of a step", () => {
  it("are those of its measured phase", () => {
    const warmup = cartEndpoint({ phase: "warmup", requests: 70, failed: 70 });
    const step = judged({
      endpoints: [warmup, cartEndpoint({ failed: 50 }), cartEndpoint({ endpoint: "cart.write", requests: 600 })],
      latency: { latency: latency(5) },
      resources: [
        {
          part: "service",
          metric: "busiest_thread",
          points: [
            [1.9, 1],
            [2, 0.5],
            [11.9, 0.25],
            [12, 1],
          ],
        },
      ],
    });
    expect(step).toEqual({
      outcome: "held",
      plain: false,
      reasons: [],
      answered: 155,
      latency: { p50: 5, p95: 7, p99: 8 },
      errorRate: 50 / 1600,
      dropped: 0,
      unjudged: [],
      resources: [
        {
          resource: "service thread",
          share: 0.375,
          exhausted: false,
          evidence: "one thread of the service worked for 38 % of the time",
        },
      ],
      generator: { cpu: 0 },
    });
  });

  it("are none where there was no time and no request", () => {
    expect(judged({ endpoints: [], measuredSeconds: 0 })).toMatchObject({ answered: 0, errorRate: 0 });
    expect(judged({})).not.toHaveProperty("latency");
    expect(judged({})).not.toHaveProperty("inFlight");
  });
});

describe("a step fails", () => {
  it("by a budget that is missed, which alone may be noise", () => {
    const limits = promising(
      [budget("p95 of latency < 100 ms"), budget("p99 of latency < 200 ms")],
      [budget("error_rate < 1 %")],
    );
    expect(judged({ endpoints: [cartEndpoint({ failed: 50, latency: latency(150, 950) })] }, limits)).toMatchObject({
      outcome: "failed",
      plain: false,
      reasons: [
        {
          code: "budget",
          sentence: "p95 of latency of cart.read: 152 ms, and the budget is p95 of latency < 100 ms",
        },
        { code: "budget", sentence: "error_rate of browse: 5 %, and the budget is error_rate < 1 %" },
      ],
    });
  });

  it("not by figures that follow the rate, nor by what cannot be judged, which is said", () => {
    const large = { name: "large", cpus: 8, memoryGiB: 1 };
    const limits = promising(
      [
        budget("p95 of latency < 1 ms"),
        budget("error_rate < 1 %", { boundTo: large }),
        budget("p50 of latency < 9 ms"),
      ],
      [budget("request_rate > 500/s"), budget("dropped_iterations < 1"), budget("service_rss < 1 MB")],
    );
    const few = judged({ endpoints: [cartEndpoint({ latency: latency(5, 30) })] }, limits);
    expect(few).toMatchObject({ outcome: "held", reasons: [] });
    expect(few.unjudged).toEqual([
      "p95 of latency of cart.read: 30 samples, and p95 needs at least 72",
      "error_rate of cart.read: declared for large (8 CPUs, 1 GiB), measured on 2 CPUs, 8 GiB",
      "max of service_rss of browse: service_rss was not measured in this environment",
    ]);
  });

  it("by iterations that were dropped", () => {
    expect(judged(dropped({}))).toMatchObject({
      outcome: "failed",
      plain: true,
      dropped: 7,
      reasons: [{ code: "dropped", sentence: "7 iterations were dropped: every VU was waiting for an answer" }],
    });
  });

  it("by answers that were still awaited when it was stopped", () => {
    const late = { code: "late", sentence: "answers were still awaited long after the last request was due" };
    for (const how of [{ kind: "completed" }, { kind: "aborted", how: "stopped by proofload" }] as const) {
      expect(stopped(exit(how))).toMatchObject({ outcome: "failed", plain: true, reasons: [late] });
    }
    expect(stopped(dropped({})).reasons.map(({ code }) => code)).toEqual(["dropped"]);
  });

  it("by the death of its service, whatever else there is to say", () => {
    const sentence = "out of memory: the service went past 256 MiB under load";
    const lost = { ...dropped({}), ...canary({ p99: 99 }) };
    expect(judgeStep(cartPlan(), cartRecord(lost), machine, false, sentence)).toMatchObject({
      outcome: "failed",
      plain: true,
      reasons: [{ code: "out of memory", sentence }, { code: "dropped" }],
    });
    expect(judgeStep(cartPlan(), cartRecord(), machine, false, sentence)).toMatchObject({
      outcome: "failed",
      plain: true,
      reasons: [{ code: "out of memory", sentence }],
    });
  });
});

describe("a step is invalid", () => {
  it.each<[ScenarioRecord["outcome"]["exit"], string, string]>([
    [{ kind: "aborted", how: "test.abort()" }, "k6 failed", "k6 stopped before its time: test.abort()"],
    [{ kind: "script-error", message: "x is not a function" }, "script error", "the script threw: x is not a function"],
    [{ kind: "failed", code: undefined, signal: "SIGKILL", lastLines: [] }, "k6 failed", "k6 ended with SIGKILL"],
    [{ kind: "failed", code: 105, signal: undefined, lastLines: [] }, "k6 failed", "k6 ended with code 105"],
    [{ kind: "failed", code: undefined, signal: undefined, lastLines: [] }, "k6 failed", "k6 ended with code unknown"],
  ])("where k6 ended by itself: %o", (how, code, sentence) => {
    expect(judged(exit(how))).toMatchObject({ outcome: "invalid", plain: false, reasons: [{ code, sentence }] });
    expect(stopped(exit(how)).outcome).toBe(how.kind === "aborted" ? "failed" : "invalid");
  });

  it("where the instrument was not sound, and says all of that after how k6 ended", () => {
    const unsound = { ...instrument({ overflowSeries: 1 }), ...strangers(90), ...dropped({}) };
    const noisy = {
      code: "noisy host",
      sentence: "processes outside this run took more than half of the machine for 90 % of the time",
    };
    expect(judged({ ...unsound, ...exit({ kind: "script-error", message: "x" }) })).toMatchObject({
      outcome: "invalid",
      plain: true,
    });
    expect(judged({ ...unsound, ...exit({ kind: "script-error", message: "x" }) }).reasons).toEqual([
      { code: "script error", sentence: "the script threw: x" },
      noisy,
      {
        code: "overflow series",
        sentence: "series were folded together: more than 2,000 distinct names or tags in one metric",
      },
    ]);
    // Where the load was cut short, only what the machine did to the generator counts.
    expect(stopped(unsound)).toMatchObject({ outcome: "invalid", reasons: [noisy] });
    expect(stopped({ ...instrument({ overflowSeries: 1 }), ...dropped({}) }).outcome).toBe("failed");
    expect(stopped({ ...canary({ p99: 99 }), ...dropped({}) }).outcome).toBe("invalid");
  });

  it("where its script asks for less than nine tenths, and three standard deviations, of what its streams promise", () => {
    const [read] = cartPlan().streams;
    const streams = [
      { name: "read", calls: { "cart.read": 1, "cart.write": 1 } },
      { name: "write", calls: { "cart.write": 2 } },
      { name: "none", calls: { "cart.write": 50 } },
    ].flatMap((change) => (read === undefined ? [] : [{ ...read, ...change }]));
    const iterations = [cartStream({ completed: 4000 }), cartStream({ stream: "write", completed: 1000 })];
    const sending = (requests: number) =>
      judged(
        {
          iterations,
          endpoints: [
            cartEndpoint({ requests: 8000 }),
            cartEndpoint({ endpoint: "cart.write", requests: requests - 8000 }),
            cartEndpoint({ endpoint: "cart.write", requests: 5000, phase: "warmup" }),
          ],
        },
        { streams },
      );
    expect(sending(8700)).toMatchObject({ outcome: "held", reasons: [] });
    expect(sending(8699)).toMatchObject({
      outcome: "invalid",
      plain: false,
      reasons: [
        {
          code: "calls",
          sentence:
            "the script sent 8699 requests where `calls` of its streams promise 10000: nobody asked for this rate",
        },
      ],
    });
  });
});
