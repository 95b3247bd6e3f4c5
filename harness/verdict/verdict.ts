import type { Budget } from "../plan/plan.ts";

export type VerdictKind = "PASS" | "FAIL" | "INCONCLUSIVE" | "INVALID";

export interface Verdict {
  readonly schema: "proofload/verdict/1";
  readonly runId: string;
  readonly kind: VerdictKind;
  readonly exitCode: 0 | 1 | 2 | 3;
  /** The verdict in one sentence. */
  readonly sentence: string;
  readonly scenarios: readonly ScenarioVerdict[];
  readonly micro?: readonly MicroVerdict[];
  readonly requirements: readonly RequirementVerdict[];
}

export interface ScenarioVerdict {
  readonly scenario: string;
  readonly kind: VerdictKind;
  /** Why, most important first; for PASS: warnings. */
  readonly reasons: readonly Reason[];
  readonly validity: readonly ValidityCheck[];
  readonly budgets: readonly BudgetVerdict[];
}

export interface MicroVerdict {
  readonly subject: string;
  readonly kind: VerdictKind;
  /** As in ScenarioVerdict. */
  readonly reasons: readonly Reason[];
  readonly validity: readonly ValidityCheck[];
  readonly budgets: readonly BudgetVerdict[];
}

export interface Reason {
  readonly kind: VerdictKind | "WARNING";
  /** "generator", "too few VUs", "nothing measured", "books do not close", "budget", … */
  readonly code: string;
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** One piece of evidence that the instrument was sound. */
export interface ValidityCheck {
  /** "canary p99" */
  readonly name: string;
  readonly value: number | undefined;
  readonly limit: number;
  readonly unit: "ms" | "ratio" | "count" | "cores";
  readonly ok: boolean;
  /** What it shows, in a sentence. */
  readonly meaning: string;
}

/** A check, and what is said when it is not ok. */
export interface Judged {
  readonly check: ValidityCheck;
  readonly reason: Omit<Reason, "kind">;
}

/** A number, or the bucket edges or the confidence interval between which it lies, or "beyond every bound" (drops reach into the percentile). */
export type Measured = { readonly value: number } | { readonly lower: number; readonly upper: number };

export interface BudgetVerdict {
  readonly subject: { readonly kind: "endpoint" | "scenario" | "bench"; readonly name: string };
  readonly budget: Budget;
  /** WARN: over target, inside max. NOT_COMPARABLE: the budget is bound to other hardware; neither passes nor fails. */
  readonly kind: "PASS" | "WARN" | "FAIL" | "INCONCLUSIVE" | "NOT_COMPARABLE";
  readonly measured: Measured | undefined;
  /** Samples behind the figure. */
  readonly count: number;
  /** (max − measured) ÷ max where lower is better, (measured − max) ÷ max where higher is: positive is room left. */
  readonly margin: number | undefined;
  /** The slowest answer, ms, where drops reach into the percentile: it is longer than that, and nobody knows how long. */
  readonly slowest?: number;
  readonly because?: string;
}

export interface RequirementVerdict {
  readonly id: string;
  readonly target: string;
  readonly promise: string;
  readonly state: "met" | "warning" | "missed" | "inconclusive" | "not measured";
  /** "p95 of auth.login 61 ms", or why there is no number. */
  readonly evidence: string;
}
