import { describe, expect, it } from "vitest";
import { budget } from "../plan/sample-budget.ts";
import { budgetReason, byWeight } from "./reasons.ts";
import type { BudgetVerdict, Reason } from "./verdict.ts";

function verdict(limit: string, change: Partial<BudgetVerdict>): BudgetVerdict {
  return {
    subject: { kind: "endpoint", name: "list" },
    budget: budget(limit),
    kind: "FAIL",
    measured: { value: 250 },
    count: 500,
    margin: undefined,
    ...change,
  };
}

describe("the reason that a budget is", () => {
  it.each([
    ["p95 of latency < 100 ms", {}, "p95 of list is 250 ms, over its max of 100 ms (A-1)"],
    ["p95 of latency < 100 ms, max 200 ms", {}, "p95 of list is 250 ms, over its max of 200 ms (A-1)"],
    [
      "p95 of latency < 100 ms, max 200 ms",
      { because: "3 dropped iterations count as answers that never came" },
      "p95 of list is 250 ms, over its max of 200 ms (A-1): 3 dropped iterations count as answers that never came",
    ],
    ["request_rate > 300/s", {}, "request_rate of list is 250/s, under its max of 300/s (A-1)"],
    [
      "max of service_rss < 64 MB",
      { measured: { lower: 65 * 1024 ** 2, upper: 70 * 1024 ** 2 }, subject: { kind: "scenario", name: "soak" } },
      "max of service_rss of soak is between 65 MB and 70 MB, over its max of 64 MB (A-1)",
    ],
  ] as const)("that failed, %s, says by how much (%#)", (limit, change, sentence) => {
    expect(budgetReason(verdict(limit, change), "Run for longer.")).toEqual([
      { kind: "FAIL", code: "budget", sentence },
    ]);
  });

  it("that is only inside its max is a warning about its target", () => {
    const warned = verdict("p95 of latency < 100 ms, max 200 ms", { kind: "WARN", measured: { value: 150 } });
    expect(budgetReason(warned, "Run for longer.")).toEqual([
      { kind: "WARNING", code: "budget", sentence: "p95 of list is 150 ms, over its target of 100 ms (A-1)" },
    ]);
  });

  it.each([
    [
      { because: "40 samples, and p95 needs at least 100" },
      "p95 of list is 250 ms: 40 samples, and p95 needs at least 100 (A-1)",
    ],
    [{ measured: undefined }, "p95 of list was not measured: not enough evidence (A-1)"],
  ])("that is undecided says what is missing, and what to do (%#)", (change, sentence) => {
    const open = verdict("p95 of latency < 100 ms", { kind: "INCONCLUSIVE", ...change });
    expect(budgetReason(open, "Run for longer.")).toEqual([
      { kind: "INCONCLUSIVE", code: "budget", sentence, remedy: "Run for longer." },
    ]);
  });

  it.each(["PASS", "NOT_COMPARABLE"] as const)("that is %s is none", (kind) => {
    expect(budgetReason(verdict("p95 of latency < 100 ms", { kind }), "Run for longer.")).toEqual([]);
  });
});

it("reasons stand in the order of their weight, and those of one weight as they came", () => {
  const reason = (kind: Reason["kind"], sentence: string): Reason => ({ kind, code: "budget", sentence });
  const reasons = [
    reason("PASS", "a"),
    reason("WARNING", "b"),
    reason("INCONCLUSIVE", "c"),
    reason("FAIL", "d"),
    reason("INVALID", "e"),
    reason("FAIL", "f"),
  ];
  expect(byWeight(reasons).map(({ sentence }) => sentence)).toEqual(["e", "d", "f", "c", "b", "a"]);
  expect(reasons[0]?.sentence).toBe("a");
});
