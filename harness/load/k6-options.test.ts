import { describe, expect, test } from "vitest";
import type { Budget, PhaseLoad, ScenarioPlan } from "../plan/plan.ts";
import { k6Options } from "./k6-options.ts";

const budget: Budget = {
  metric: "latency",
  statistic: "p95",
  direction: "<",
  target: 100,
  max: 200,
  unit: "ms",
  source: "SOC-01",
  text: "p95 of latency < 100 ms, max 200 ms",
};

function plan(measured: PhaseLoad, warmup?: PhaseLoad): ScenarioPlan {
  return {
    name: "crud",
    title: "CRUD",
    target: "social",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    kind: "proofload",
    script: "/scenarios/crud.ts",
    warmupSeconds: warmup === undefined ? 0 : 5,
    measuredSeconds: 30,
    streams: [{ name: "main", exec: "crud", measured, calls: { "a.read": 1 }, ...(warmup && { warmup }) }],
    endpoints: [
      { name: "a.read", method: "GET", path: "/a/:id", class: "crud", classTitle: "CRUD", budgets: [budget] },
    ],
    budgets: [{ ...budget, metric: "error_rate", statistic: "value", max: 0.01, unit: "ratio" }],
    settings: {},
    params: {},
    data: { seed: 1 },
  };
}

describe("k6 options of a scenario", () => {
  const open = (rate: number, seconds = 30): PhaseLoad => ({ model: "open", rate, seconds, vus: 40 });

  test("warm-up runs first, as a k6 scenario of its own, and its last requests may end", () => {
    const { scenarios } = k6Options(plan(open(100), open(100, 5)));
    expect(scenarios["main_warmup"]).toMatchObject({
      startTime: "0s",
      duration: "5s",
      gracefulStop: "30s",
      tags: { phase: "warmup" },
    });
    expect(scenarios["main"]).toMatchObject({
      executor: "constant-arrival-rate",
      startTime: "5s",
      rate: 100,
      preAllocatedVUs: 40,
      maxVUs: 40,
      tags: { phase: "measured" },
    });
  });

  test("without a warm-up there is none", () => {
    expect(Object.keys(k6Options(plan(open(100))).scenarios)).toEqual(["main", "canary"]);
  });

  test("the canary is asked 50 times a second for the whole time, under a phase of its own", () => {
    expect(k6Options(plan(open(1), open(1))).scenarios["canary"]).toMatchObject({
      executor: "constant-arrival-rate",
      rate: 50,
      duration: "35s",
      tags: { phase: "canary" },
    });
  });

  test.each([
    [0.5, 5, "10s"],
    [2.5, 25, "10s"],
    [200, 200, "1s"],
    [0.125, 125, "1000s"],
  ])("k6 takes whole rates only: %d a second is %i in %s", (rate, whole, timeUnit) => {
    expect(k6Options(plan(open(rate))).scenarios["main"]).toMatchObject({ rate: whole, timeUnit });
  });

  test("a ramp with a broken rate keeps the relation of all its rates", () => {
    const stages = [{ rate: 2.5, seconds: 10 }];
    expect(k6Options(plan({ model: "open-ramp", startRate: 1, stages, vus: 9 })).scenarios["main"]).toMatchObject({
      startRate: 10,
      timeUnit: "10s",
      stages: [{ target: 25, duration: "10s" }],
    });
  });

  test("a load of iterations has a canary that ends with it", () => {
    const { scenarios } = k6Options(plan({ model: "iterations", users: 3, iterationsPerUser: 7, atMostSeconds: 60 }));
    expect(scenarios["main"]).toMatchObject({
      executor: "per-vu-iterations",
      vus: 3,
      iterations: 7,
      maxDuration: "60s",
    });
    expect(scenarios["canary"]).toMatchObject({ executor: "per-vu-iterations", vus: 1, iterations: 1 });
  });

  test("every sub-metric that the record needs is named by a threshold, and the budgets are there for a k6 user", () => {
    const { thresholds } = k6Options(plan(open(100), open(100)));
    expect(thresholds["latency{name:a.read,phase:measured}"]).toEqual(["max>=0", "p(95)<200"]);
    expect(thresholds["http_reqs{name:a.read,phase:warmup}"]).toEqual(["count>=0"]);
    expect(thresholds["http_req_failed{phase:measured}"]).toEqual(["rate>=0", "rate<0.01"]);
    expect(thresholds["dropped_iterations{scenario:main_warmup}"]).toEqual(["count>=0"]);
    expect(Object.keys(thresholds)).toContain("canary_latency{phase:measured}");
  });

  test("a budget that is bound to other hardware is no threshold", () => {
    const bound = plan(open(100));
    const endpoints = bound.endpoints.map((one) => ({ ...one, budgets: [{ ...budget, boundTo: bound.profile }] }));
    expect(k6Options({ ...bound, endpoints }).thresholds["latency{name:a.read,phase:measured}"]).toEqual(["max>=0"]);
  });
});
