import { describe, expect, it } from "vitest";
import { ProofloadError } from "../errors.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import { samplePlan } from "../report/sample-plan.ts";
import { measureSeconds } from "./find-load.ts";
import { type AbRequest, planAb } from "./plan-ab.ts";

const REQUEST: AbRequest = {
  given: { base: "main", head: "." },
  design: "paired",
  starts: undefined,
  minutes: undefined,
  measure: "12s",
  margin: undefined,
  gate: [],
  seed: 1,
};

function planWith(change: (scenario: ScenarioPlan) => Partial<ScenarioPlan>): Plan {
  const plan = samplePlan();
  const [scenario] = plan.scenarios;
  if (scenario === undefined) throw new Error("the sample plan has no scenario");
  return { ...plan, scenarios: [{ ...scenario, ...change(scenario) }] };
}
const PLAN = planWith(() => ({}));
const [{ endpoints } = { endpoints: [] }] = PLAN.scenarios;

function problemsOf(plan: Plan, request: Partial<AbRequest>): string[] {
  try {
    planAb(plan, { ...REQUEST, ...request });
  } catch (error) {
    if (error instanceof ProofloadError) return error.problems.map(({ where }) => where);
    throw error;
  }
  return [];
}

describe("the plan of an A/B", () => {
  it("fixes before the first start what decides: how many starts at most, and on which figures", () => {
    const { rules, gated } = planAb(PLAN, { ...REQUEST, minutes: 5, margin: "2%" });
    expect(rules).toMatchObject({ margin: 0.02, mostStarts: Math.floor(300 / 19.5) });
    expect(gated.length).toBeGreaterThan(0);
    expect(planAb(PLAN, { ...REQUEST, minutes: 5, starts: 8 }).rules.mostStarts).toBe(8);
    expect(planAb(PLAN, { ...REQUEST, minutes: 5, design: "blocks" }).rules.mostStarts).toBe(Math.floor(300 / 39));
  });

  it("takes figures of the user instead, by the name of a class, an endpoint or a part", () => {
    const [endpoint] = endpoints;
    const gate = [
      `p50 of latency of ${endpoint?.name}`,
      `p95 of latency of ${endpoint?.class}`,
      "mean of cpu_time of service",
    ];
    expect(planAb(PLAN, { ...REQUEST, gate }).gated).toEqual([
      { subject: { kind: "endpoint", name: endpoint?.name }, metric: "latency", statistic: "p50" },
      { subject: { kind: "class", name: endpoint?.class }, metric: "latency", statistic: "p95" },
      { subject: { kind: "service", name: "service" }, metric: "cpu_time", statistic: "mean" },
    ]);
  });

  it("names everything that is wrong at once", () => {
    const ramp = { model: "open-ramp", startRate: 1, stages: [{ rate: 5, seconds: 5 }], vus: 5 } as const;
    const plan = planWith(({ streams }) => ({ streams: streams.map((stream) => ({ ...stream, measured: ramp })) }));
    const gate = [
      "p50 of latency of nothing",
      "median latency",
      "p99 of cpu_time of service",
      "p50 of request_rate of service",
      `value of error_rate of ${endpoints[0]?.name}`,
    ];
    const [first] = plan.scenarios[0]?.streams ?? [];
    expect(problemsOf(plan, { measure: "1s", margin: "lots", starts: 0.5, minutes: 0, gate })).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`streams.${first?.name}.load`),
        "--measure",
        "--margin",
        "--starts",
        "--minutes",
        ...gate.map((text) => `--gate "${text}"`),
      ]),
    );
  });

  it("measures longer where the rarest class would have too few requests for a median, but not for ever", () => {
    const at = (rate: number) =>
      planWith(({ endpoints: [one] }) => ({
        streams: [
          {
            name: "s",
            exec: "s",
            measured: { model: "open", rate, seconds: 9, vus: 9 },
            calls: { [one?.name ?? ""]: 1 },
          },
        ],
      })).scenarios[0] as ScenarioPlan;
    expect(measureSeconds(at(100), 1, 12)).toBe(12);
    expect(measureSeconds(at(10), 0.5, 12)).toBe(15);
    expect(measureSeconds(at(1), 1, 12)).toBe(20);
  });
});
