/** A budget as a definition would state it, for tests of what judges and renders. Throws where it cannot be read. */
import { parseBudget } from "./budget.ts";
import type { BudgetLine } from "./definition.ts";
import type { Budget } from "./plan.ts";

export function budget(limit: string, more: Partial<Omit<BudgetLine, "limit">> = {}): Budget {
  const parsed = parseBudget({ limit, source: "A-1", ...more });
  if (!parsed.ok) throw new TypeError(parsed.what);
  return parsed.value;
}
