import { figure, measuredText, nameOfMeasure } from "./text.ts";
import type { BudgetVerdict, Reason } from "./verdict.ts";

const ORDER = ["INVALID", "FAIL", "INCONCLUSIVE", "WARNING", "PASS"] as const;

/** Most important first. */
export function byWeight(reasons: readonly Reason[]): Reason[] {
  return [...reasons].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** What a budget adds to the reasons of its scenario or micro-benchmark; `remedy` is for one without enough evidence. */
export function budgetReason(verdict: BudgetVerdict, remedy: string): Reason[] {
  const { budget, subject, measured, kind, because } = verdict;
  if (kind === "PASS" || kind === "NOT_COMPARABLE") {
    return [];
  }
  const measure = `${nameOfMeasure(budget.metric, budget.statistic)} of ${subject.name}`.replace(
    " of latency of ",
    " of ",
  );
  const value = measured === undefined ? "was not measured" : `is ${measuredText(measured, budget.unit)}`;
  const side = budget.direction === "<" ? "over" : "under";
  if (kind === "INCONCLUSIVE") {
    const sentence = `${measure} ${value}: ${because ?? "not enough evidence"} (${budget.source})`;
    return [{ kind, code: "budget", sentence, remedy }];
  }
  const limit = kind === "FAIL" ? budget.max : budget.target;
  const named = kind === "FAIL" ? "max" : "target";
  const sentence = `${measure} ${value}, ${side} its ${named} of ${figure(limit, budget.unit)} (${budget.source})${because === undefined ? "" : `: ${because}`}`;
  return [{ kind: kind === "WARN" ? "WARNING" : "FAIL", code: "budget", sentence }];
}
