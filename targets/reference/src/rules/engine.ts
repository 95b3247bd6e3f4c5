export type Scalar = string | number | boolean | null;

export type Operator =
  | "equals"
  | "notEquals"
  | "greaterThan"
  | "greaterOrEqual"
  | "lessThan"
  | "lessOrEqual"
  | "contains";

export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly value: Scalar;
}

interface Action {
  readonly type: "setField";
  readonly field: string;
  readonly value: Scalar;
}

/** Fires for each fact that meets all conditions. */
export interface Rule {
  readonly id: number;
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly actions: readonly Action[];
}

export interface Fact {
  readonly id: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Firing {
  readonly ruleId: number;
  readonly factId: number;
  readonly actions: readonly Action[];
}

interface EngineStats {
  readonly ruleCount: number;
  readonly factCount: number;
  /** Nodes of the compiled network. */
  readonly nodeCount: number;
  readonly memoryUsageBytes: number;
}

interface ProcessingMetrics {
  readonly evaluationTimeMs: number;
  readonly factsProcessed: number;
  readonly rulesFired: number;
  readonly memoryPeakBytes: number;
}

export interface Evaluation {
  readonly results: readonly Firing[];
  readonly engineStats: EngineStats;
  readonly processingMetrics: ProcessingMetrics;
}

/**
 * One evaluation of rules over facts. It keeps nothing between two calls, and lets the event loop run in between, so
 * that a large set of facts does not hold up other requests. Actions of a firing do not change the facts that other
 * rules see.
 */
export interface RuleEngine {
  evaluate(rules: readonly Rule[], facts: readonly Fact[]): Promise<Evaluation>;
}
