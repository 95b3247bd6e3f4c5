import type { Plan } from "../plan/plan.ts";
import { measuredText, nameOfMeasure } from "./text.ts";
import type { BudgetVerdict, RequirementVerdict, ScenarioVerdict } from "./verdict.ts";

/** What this run says about each promise of its targets; a promise without a figure says why. */
export function judgeRequirements(
  plan: Plan,
  parts: readonly Pick<ScenarioVerdict, "kind" | "budgets">[],
): RequirementVerdict[] {
  return plan.requirements.map((requirement): RequirementVerdict => {
    const mine = parts.flatMap((scenario) => {
      const sound = scenario.kind !== "INVALID";
      // Of any target: a promise of one specification may be measured where another's scenario goes.
      return scenario.budgets
        .filter((verdict) => verdict.budget.source === requirement.id)
        .map((verdict) => ({ verdict, sound }));
    });
    const { id, target, promise } = requirement;
    const [deciding] = mine.sort((a, b) => rank(a) - rank(b));
    if (deciding === undefined) {
      const evidence = requirement.notMeasured ?? `not part of this run; measured by ${requirement.measuredBy}`;
      return { id, target, promise, state: "not measured", evidence };
    }
    return { id, target, promise, state: stateOf(deciding), evidence: evidenceOf(deciding.verdict, mine.length) };
  });
}

interface Judged {
  readonly verdict: BudgetVerdict;
  readonly sound: boolean;
}

function rank(judged: Judged): number {
  return ["missed", "inconclusive", "warning", "met", "not measured"].indexOf(stateOf(judged));
}

function stateOf({ verdict, sound }: Judged): RequirementVerdict["state"] {
  if (!sound) {
    return "inconclusive";
  }
  switch (verdict.kind) {
    case "PASS":
      return "met";
    case "WARN":
      return "warning";
    case "FAIL":
      return "missed";
    case "INCONCLUSIVE":
      return "inconclusive";
    case "NOT_COMPARABLE":
      return "not measured";
  }
}

function evidenceOf({ budget, subject, measured, because }: BudgetVerdict, count: number): string {
  const value = measured === undefined ? (because ?? "no figure") : measuredText(measured, budget.unit);
  const others = count === 1 ? "" : `, the tightest of ${count} budgets`;
  return `${nameOfMeasure(budget.metric, budget.statistic)} of ${subject.name}: ${value}${others}`;
}
