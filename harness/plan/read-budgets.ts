import type { Problem } from "../errors.ts";
import { parseBudget } from "./budget.ts";
import type { BudgetLine } from "./definition.ts";
import { METRICS } from "./metrics.ts";
import type { Budget } from "./plan.ts";

type Scope = "endpoint" | "scenario" | "micro";

const PLACES: Readonly<Record<Scope, string>> = {
  endpoint: "put it on a class or endpoint",
  scenario: "put this budget among the scenario's budgets",
  micro: "put it among the budgets of a micro-benchmark",
};
const MEASURED: Readonly<Record<Scope, string>> = {
  endpoint: "once per endpoint",
  scenario: "once per scenario",
  micro: "by micro-benchmarks",
};

/** Parses budget lines where they stand; what cannot be judged there is a problem, said once. */
export function readBudgets(lines: readonly BudgetLine[], scope: Scope, where: string, problems: Problem[]): Budget[] {
  return lines.flatMap((line) => {
    const parsed = parseBudget(line);
    const add = (problem: Problem) => {
      // A class is used by several endpoints: its problem is one problem.
      if (!problems.some((known) => known.what === problem.what && known.where === problem.where)) {
        problems.push(problem);
      }
    };
    if (!parsed.ok) {
      add({ what: parsed.what, where: `${where} (${line.source})`, instead: parsed.instead });
      return [];
    }
    const { scope: measuredPer } = METRICS[parsed.value.metric];
    if (measuredPer !== scope && (measuredPer !== "both" || scope === "micro")) {
      const home = measuredPer === "both" ? "scenario" : measuredPer;
      add({
        what: `${parsed.value.metric} is measured ${MEASURED[home]}`,
        where: `${where} (${line.source})`,
        instead: PLACES[home],
      });
      return [];
    }
    return [parsed.value];
  });
}
