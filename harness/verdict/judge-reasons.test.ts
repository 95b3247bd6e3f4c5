import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../collect/record.ts";
import type { DriveOutcome } from "../load/outcome.ts";
import { budget } from "../plan/sample-budget.ts";
import { judge } from "./judge.ts";
import { LIMITS } from "./limits.ts";
import { endpoint, latency, outOfMemory, plan, run, scenarioPlan, scenarioRecord, stream } from "./sample-browse.ts";

const P95 = budget("p95 of latency < 100 ms, max 200 ms");
const judged = (record: ScenarioRecord, budgets = [P95], ofScenario: (typeof P95)[] = []) =>
  judge(plan(scenarioPlan(budgets, ofScenario)), run(record)).scenarios[0];
const taking = (p95: number) => ({ endpoints: [endpoint({ latency: latency(p95) })] });

describe("how k6 ended", () => {
  const ending = (exit: DriveOutcome["exit"]) =>
    judged(scenarioRecord({ outcome: { ...scenarioRecord().outcome, exit } }))?.reasons;

  it("is no reason where it came to its end", () => {
    expect(ending({ kind: "completed" })).toEqual([]);
  });

  it.each<readonly [DriveOutcome["exit"], string, string, string | undefined]>([
    [{ kind: "aborted", how: "test.abort()" }, "stopped early", "k6 stopped before its time: test.abort()", undefined],
    [{ kind: "script-error", message: "x is not y" }, "script error", "the script threw: x is not y", "See k6.log."],
    [
      { kind: "failed", code: 108, signal: undefined, lastLines: [] },
      "k6 failed",
      "k6 ended with code 108",
      "See k6.log.",
    ],
    [
      { kind: "failed", code: undefined, signal: "SIGKILL", lastLines: [] },
      "k6 failed",
      "k6 ended with SIGKILL",
      "See k6.log.",
    ],
    [
      { kind: "failed", code: undefined, signal: undefined, lastLines: [] },
      "k6 failed",
      "k6 ended with code unknown",
      "See k6.log.",
    ],
  ])("is a reason to call the run INVALID: %j", (exit, code, sentence, remedy) => {
    expect(ending(exit)).toEqual([{ kind: "INVALID", code, sentence, remedy }]);
  });
});

describe("the reasons of a scenario", () => {
  const slowStart = Array.from({ length: 16 }, (_, second) => {
    return { endpoint: "cart.read", phase: "measured" as const, second, requests: 60, failed: 0 };
  }).map((window) => ({ ...window, p50: window.second < 4 ? 45 : 10 }));
  const drops = [stream(1000, 2), stream(1000, 3)];

  it("are a limit without enough evidence, with what to do about it", () => {
    expect(judged(scenarioRecord(), [budget("p95 of ttft < 1 s")])?.reasons).toEqual([
      {
        kind: "INCONCLUSIVE",
        code: "budget",
        sentence: "p95 of ttft of cart.read was not measured: ttft was not measured in this environment (A-1)",
        remedy: "Drive the scenario for longer, or at a higher rate.",
      },
    ]);
  });

  it("are a start that was slower than the rest", () => {
    const verdict = judged(scenarioRecord({ series: slowStart }));
    expect(verdict?.kind).toBe("INCONCLUSIVE");
    expect(verdict?.reasons).toEqual([
      {
        kind: "INCONCLUSIVE",
        code: "not steady",
        sentence: "cart.read was still much slower at the start of the measured phase than later",
        remedy: "Lengthen the warm-up.",
      },
    ]);
  });

  it("are dropped iterations, which alone fail nothing", () => {
    const verdict = judged(scenarioRecord({ iterations: drops }), [P95]);
    expect(verdict?.kind).toBe("PASS");
    expect(verdict?.reasons).toEqual([
      {
        kind: "WARNING",
        code: "dropped iterations",
        sentence: "the service could not take 5 iterations in time; each counts as a failed request",
      },
    ]);
  });

  it("are neither drops nor an unsteady start under stress, where both are to be expected", () => {
    const record = scenarioRecord({ series: slowStart, iterations: drops });
    expect(judged(record, [P95], [budget("breaking_point > 10/s", { source: "A-2" })])?.reasons).toEqual([
      {
        kind: "INCONCLUSIVE",
        code: "budget",
        sentence:
          "breaking_point of browse is more than 0/s: it kept its limits up to 0/s, the highest rate of this scenario (A-2)",
        remedy: "Drive the scenario for longer, or at a higher rate.",
      },
    ]);
  });

  const POINTS = 1000;
  const strangers = (share: number) => {
    const busy = Math.round(share * POINTS);
    const points = Array.from({ length: POINTS }, (_, index) => [2 + index / 100, index < busy ? 1.8 : 0] as const);
    return scenarioRecord({ resources: [{ part: "machine", metric: "foreign_cpu", points }] });
  };
  it.each([
    [LIMITS.strangersNamed, []],
    [LIMITS.strangersNamed + 1 / POINTS, ["WARNING"]],
    [LIMITS.strangersShare, ["WARNING"]],
    [LIMITS.strangersShare + 1 / POINTS, ["INVALID"]],
  ])("are strangers who took the CPU for %d of the time: %j", (share, kinds) => {
    expect(judged(strangers(share))?.reasons.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("say of strangers what may be theirs", () => {
    expect(judged(strangers(0.0234))?.reasons).toEqual([
      {
        kind: "WARNING",
        code: "noisy host",
        sentence:
          "processes outside this run took more than half of the CPU for 2.3 % of the time; high percentiles and maxima may be theirs",
      },
    ]);
  });

  it("of a service without memory are its end, what it had missed by then, and warnings: no fault of the instrument", () => {
    const record = scenarioRecord({
      ...taking(412),
      iterations: drops,
      outcome: { ...scenarioRecord().outcome, exit: { kind: "aborted", how: "stopped by proofload" } },
      books: { lines: [], damaged: 0, refused: 0 },
    });
    const budgets = [P95, budget("p95 of ttft < 1 s")];
    const [verdict] = judge(plan(scenarioPlan(budgets)), { ...run(record), outOfMemory }).scenarios;
    expect(verdict?.reasons.map(({ kind, code }) => [kind, code])).toEqual([
      ["FAIL", "out of memory"],
      ["FAIL", "budget"],
      ["WARNING", "dropped iterations"],
    ]);
    const checks = verdict?.validity.map(({ name }) => name);
    expect(checks).toContain("canary p99");
    expect(checks).not.toContain("books");
  });

  it("are that the record has nothing of a scenario that was planned", () => {
    const { scenarios } = judge(plan(scenarioPlan([P95])), { ...run(scenarioRecord()), scenarios: [] });
    expect(scenarios).toEqual([
      {
        scenario: "browse",
        kind: "INVALID",
        reasons: [
          {
            kind: "INVALID",
            code: "nothing measured",
            sentence: "the scenario was planned, and the record has nothing of it",
            remedy: "Run the suite again.",
          },
        ],
        validity: [],
        budgets: [],
      },
    ]);
  });
});
