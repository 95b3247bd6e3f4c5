import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../collect/record.ts";
import type { Budget, Plan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun } from "../report/sample-micro.ts";
import { judge } from "./judge.ts";
import { endpoint, latency, plan, run, scenarioPlan, scenarioRecord } from "./sample-browse.ts";

const P95 = budget("p95 of latency < 100 ms, max 200 ms");
const P99 = budget("p99 of latency < 300 ms");
const BOUND: Budget = { ...P99, boundTo: { name: "production", cpus: 16, memoryGiB: 32 } };

/** Two scenarios, browse and pay: the p95 of each, and what the canary took beside it. */
function shop(browse: number, pay: number, { budgets = [P95], canary = [4, 4] } = {}) {
  const scenario = scenarioPlan(budgets);
  const planned: Plan = { ...plan(scenario), scenarios: [scenario, { ...scenario, name: "pay" }] };
  const measured = [browse, pay].map((value, index): ScenarioRecord => {
    const record = scenarioRecord({
      name: ["browse", "pay"][index] ?? "",
      endpoints: [endpoint({ latency: latency(value) })],
    });
    const own = { count: 500, failed: 0, dropped: 0, p50: 1, p95: 2, max: 99, p99: canary[index] ?? 0 };
    return { ...record, instrument: { ...record.instrument, canary: own } };
  });
  return { plan: planned, record: { ...run(scenarioRecord()), scenarios: measured.toReversed() } };
}
const verdictOn = (...of: Parameters<typeof shop>) => {
  const { plan: planned, record } = shop(...of);
  return judge(planned, record);
};

describe("the verdict in one sentence", () => {
  it.each<readonly [string, Parameters<typeof shop>, string]>([
    ["holds", [50, 50], "PASS: all 2 budgets hold; the instrument was sound (canary p99 4 ms)"],
    [
      "holds by the max alone",
      [150, 50, { canary: [4, 9] }],
      "PASS: all 2 budgets hold, 1 of them over their target; the instrument was sound (canary p99 9 ms)",
    ],
    [
      "was declared for other hardware",
      [50, 50, { budgets: [P95, BOUND] }],
      "PASS: all 2 budgets hold; the instrument was sound (canary p99 4 ms)",
    ],
    ["is missed once", [150, 412], "FAIL: pay: p95 of cart.read is 412 ms, over its max of 200 ms (A-1)"],
    [
      "is missed more often",
      [412, 412, { budgets: [P95, P99] }],
      "FAIL: browse: p95 of cart.read is 412 ms, over its max of 200 ms (A-1) (and 3 more)",
    ],
    [
      "is missed, and the instrument was not sound",
      [412, 412, { canary: [4, 99] }],
      "INVALID(generator): pay: a fixed responder took 99 ms (p99) seen from k6, over the limit of 25 ms",
    ],
    [
      "was not measured",
      [50, 50, { budgets: [budget("p95 of ttft < 1 s")] }],
      "INCONCLUSIVE: browse: p95 of ttft of cart.read was not measured: ttft was not measured in this environment (A-1) (and 1 more)",
    ],
  ])("where a limit %s", (_, of, sentence) => {
    expect(verdictOn(...of).sentence).toBe(sentence);
  });

  it("shows no canary where requests are counted one at a time, and none was asked", () => {
    const measured = { model: "one-at-a-time", requests: 3, atMostSeconds: 9 } as const;
    const streams = [{ name: "cost", exec: "cost", measured, calls: { "cart.read": 1 } }];
    const { canary: _, ...instrument } = scenarioRecord().instrument;
    const counted = plan({ ...scenarioPlan([budget("error_rate < 1 %")]), streams });
    expect(judge(counted, run(scenarioRecord({ instrument }))).sentence).toBe(
      "PASS: all 1 budgets hold; the instrument was sound",
    );
  });

  it("is the worst of its scenarios, each of which is judged by its own record, in the order of the plan", () => {
    const verdict = verdictOn(50, 412);
    expect(verdict).toMatchObject({ schema: "proofload/verdict/1", runId: "r1", kind: "FAIL", exitCode: 1 });
    expect(verdict.scenarios.map(({ scenario, kind }) => [scenario, kind])).toEqual([
      ["browse", "PASS"],
      ["pay", "FAIL"],
    ]);
    expect(verdict).not.toHaveProperty("micro");
  });
});

describe("the verdict on a run of micro-benchmarks", () => {
  const { plan: one, record } = sampleMicroRun(["time in one < 1 s"], sampleMicroRecord([sampleBench("one")]));
  const [subject] = one.micro ?? [];
  const [measured] = record.micro ?? [];
  if (subject === undefined || measured === undefined) throw new TypeError("the sample has no micro-benchmark");

  it("has no canary to show", () => {
    const verdict = judge(one, record);
    expect(verdict.sentence).toBe("PASS: all 1 budgets hold; the instrument was sound");
    expect(verdict.requirements.map(({ state }) => state)).toEqual(["met"]);
  });

  it("judges each by its own record, and names it", () => {
    const two = { ...one, micro: [{ ...subject, name: "other" }, subject] };
    const gone = { ...measured, name: "other", benches: [] };
    const verdict = judge(two, { ...record, micro: [measured, gone] });
    expect(verdict.sentence).toBe("INVALID(nothing measured): other: a bench has no sample");
    expect(verdict.micro?.map(({ kind }) => kind)).toEqual(["INVALID", "PASS"]);
  });

  it("is INVALID where the record has none at all", () => {
    const { micro: _, ...without } = record;
    expect(judge(one, without).sentence).toBe(
      "INVALID(nothing measured): sample: the micro-benchmark was planned, and the record has nothing of it",
    );
  });
});
