import { describe, expect, it } from "vitest";
import type { Plan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { judgeRequirements } from "./requirements.ts";
import { plan, scenarioPlan } from "./sample-browse.ts";
import type { BudgetVerdict, VerdictKind } from "./verdict.ts";

const P95 = "p95 of latency < 100 ms";
const verdict = (kind: BudgetVerdict["kind"], more: Partial<BudgetVerdict> = {}, source = "A-1"): BudgetVerdict => ({
  subject: { kind: "endpoint", name: "cart.read" },
  budget: budget(P95, { source }),
  kind,
  measured: { value: 50 },
  count: 1000,
  margin: 0.5,
  ...more,
});
const part = (kind: VerdictKind, ...budgets: BudgetVerdict[]) => ({ kind, budgets });
const said = (...parts: ReturnType<typeof part>[]) =>
  judgeRequirements(plan(scenarioPlan([])), parts).map(({ state, evidence }) => [state, evidence]);

describe("what a run says about a promise", () => {
  it("is nothing where no budget is about it: who measures it, or why nobody does", () => {
    const [first, second] = judgeRequirements(plan(scenarioPlan([])), [part("PASS", verdict("PASS", {}, "B-7"))]);
    expect(first).toEqual({
      id: "A-1",
      target: "shop",
      promise: "reads are fast",
      state: "not measured",
      evidence: "not part of this run; measured by browse",
    });
    expect(second).toMatchObject({ id: "A-2", state: "not measured", evidence: "needs a browser" });
    const none: Plan = { ...plan(scenarioPlan([])), requirements: [] };
    expect(judgeRequirements(none, [part("PASS", verdict("PASS"))])).toEqual([]);
  });

  it.each([
    ["PASS", "met"],
    ["WARN", "warning"],
    ["FAIL", "missed"],
    ["INCONCLUSIVE", "inconclusive"],
    ["NOT_COMPARABLE", "not measured"],
  ] as const)("follows from its budget: %s is %s", (kind, state) => {
    expect(said(part("PASS", verdict(kind)))[0]).toEqual([state, "p95 of latency of cart.read: 50 ms"]);
  });

  it("is nothing certain where the instrument was not sound", () => {
    const [first] = said(part("INVALID", verdict("PASS")));
    expect(first).toEqual(["inconclusive", "p95 of latency of cart.read: 50 ms"]);
  });

  it.each<readonly [readonly BudgetVerdict["kind"][], string, string]>([
    [["PASS", "FAIL", "INCONCLUSIVE"], "missed", "FAIL"],
    [["WARN", "INCONCLUSIVE", "PASS"], "inconclusive", "INCONCLUSIVE"],
    [["PASS", "WARN", "NOT_COMPARABLE"], "warning", "WARN"],
    [["NOT_COMPARABLE", "PASS", "NOT_COMPARABLE"], "met", "PASS"],
  ])("is what the hardest of its budgets says, in whichever scenario: %j are %s", (kinds, state, deciding) => {
    const [one, ...others] = kinds.map((kind) => verdict(kind, { subject: { kind: "endpoint", name: kind } }));
    const [first] = said(part("FAIL", ...(one === undefined ? [] : [one])), part("PASS", ...others));
    expect(first).toEqual([state, `p95 of latency of ${deciding}: 50 ms, the tightest of 3 budgets`]);
  });

  it.each([
    ["no request succeeded", "p95 of latency of cart.read: no request succeeded"],
    [undefined, "p95 of latency of cart.read: no figure"],
  ])("says why there is no figure: %s", (because, evidence) => {
    const missing = verdict("INCONCLUSIVE", { measured: undefined, ...(because === undefined ? {} : { because }) });
    expect(said(part("PASS", missing))[0]).toEqual(["inconclusive", evidence]);
  });
});
