import { describe, expect, it } from "vitest";
import { atRate, declaredRate, highestRate, rateProblems } from "./at-rate.ts";
import type { Budget, ScenarioPlan, StreamPlan } from "./plan.ts";

const stream = (name: string, rate: number, calls: StreamPlan["calls"]): StreamPlan => ({
  name,
  exec: name,
  calls,
  measured: { model: "open", rate, seconds: 30, vus: 99 },
});
const budget = { unit: "ms", max: 500, metric: "latency" } as Budget;
/** As far as it is read here. */
const scenario = {
  name: "mix",
  kind: "proofload",
  warmupSeconds: 5,
  measuredSeconds: 30,
  streams: [stream("life", 10, { read: 1, write: 1 }), stream("bulk", 20, { bulk: 1 })],
  endpoints: ["read", "write", "bulk"].map((name) => ({ name, budgets: [budget] })),
} as unknown as ScenarioPlan;

describe("a scenario at another rate", () => {
  it("asks for so many requests a second over all streams, in the mix that it had", () => {
    expect(declaredRate(scenario)).toBe(40);
    const { streams, warmupSeconds, measuredSeconds } = atRate(scenario, 100, 15);
    expect(streams.map(({ measured }) => measured)).toEqual([
      // Two answers of at most 500 ms each and a quarter of a second: 25 × 1.25; 50 × 0.75.
      { model: "open", rate: 25, seconds: 15, vus: 32 },
      { model: "open", rate: 50, seconds: 15, vus: 38 },
    ]);
    expect(streams.map(({ vusNeeded }) => vusNeeded)).toEqual([32, 38]);
    expect(streams[0]?.warmup).toEqual({ model: "open", rate: 25, seconds: warmupSeconds, vus: 32 });
    expect(measuredSeconds).toBe(15);
  });

  it("ends where the VUs of one machine do", () => {
    const all = atRate(scenario, highestRate(scenario), 15).streams.flatMap(({ vusNeeded }) => vusNeeded ?? []);
    expect(Math.abs(all.reduce((sum, vus) => sum + vus, 0) - 5000)).toBeLessThanOrEqual(2);
  });

  it("ends where the VUs do that may leave this machine: not one more", () => {
    const all = atRate(scenario, highestRate(scenario, 100), 15).streams.flatMap(({ vusNeeded }) => vusNeeded ?? []);
    const vus = all.reduce((sum, one) => sum + one, 0);
    expect(vus).toBeLessThanOrEqual(100);
    expect(vus).toBeGreaterThan(95);
  });

  it("has to have arrival rates in every stream", () => {
    expect(rateProblems(scenario)).toEqual([]);
    const closed = { ...stream("users", 1, { read: 1 }), measured: { model: "closed", users: 3, seconds: 9 } } as const;
    const problems = rateProblems({ ...scenario, streams: [...scenario.streams, closed] });
    expect(problems.map(({ where }) => where)).toEqual(['scenario "mix": streams.users.load']);
    expect(rateProblems({ ...scenario, kind: "k6" })).toHaveLength(1);
  });
});
