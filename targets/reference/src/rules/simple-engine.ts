import { setImmediate } from "node:timers/promises";
import type { Condition, Evaluation, Fact, Firing, Operator, Rule, RuleEngine, Scalar } from "./engine.ts";

/** About 5 ms of matching; then other requests have their turn. */
const checksPerTurn = 50_000;

/**
 * Every rule against every fact. Equal conditions of different rules share one node and are tested once for a fact.
 */
export class SimpleRuleEngine implements RuleEngine {
  async evaluate(rules: readonly Rule[], facts: readonly Fact[]): Promise<Evaluation> {
    const started = performance.now();
    const { nodes, compiled } = compile(rules);
    const results: Firing[] = [];
    let memoryPeakBytes = process.memoryUsage().heapUsed;
    const met: boolean[] = [];
    let sinceTurn = 0;
    for (const fact of facts) {
      for (const [index, node] of nodes.entries()) met[index] = node(fact);
      for (const { rule, conditions } of compiled) {
        if (!conditions.every((index) => met[index])) continue;
        results.push({ ruleId: rule.id, factId: fact.id, actions: rule.actions });
      }
      sinceTurn += nodes.length + compiled.length;
      if (sinceTurn < checksPerTurn) continue;
      sinceTurn = 0;
      memoryPeakBytes = Math.max(memoryPeakBytes, process.memoryUsage().heapUsed);
      await setImmediate();
    }
    const memoryUsageBytes = process.memoryUsage().heapUsed;
    return {
      results,
      engineStats: {
        ruleCount: rules.length,
        factCount: facts.length,
        nodeCount: nodes.length,
        memoryUsageBytes,
      },
      processingMetrics: {
        evaluationTimeMs: performance.now() - started,
        factsProcessed: facts.length,
        rulesFired: results.length,
        memoryPeakBytes: Math.max(memoryPeakBytes, memoryUsageBytes),
      },
    };
  }
}

type Node = (fact: Fact) => boolean;

interface CompiledRule {
  readonly rule: Rule;
  /** Indexes into the nodes. */
  readonly conditions: readonly number[];
}

function compile(rules: readonly Rule[]): {
  readonly nodes: readonly Node[];
  readonly compiled: readonly CompiledRule[];
} {
  const nodes: Node[] = [];
  const indexes = new Map<string, number>();
  const compiled = rules.map((rule) => ({
    rule,
    conditions: rule.conditions.map((condition) => {
      const key = JSON.stringify([condition.field, condition.operator, condition.value]);
      const known = indexes.get(key);
      if (known !== undefined) return known;
      indexes.set(key, nodes.length);
      return nodes.push(nodeOf(condition)) - 1;
    }),
  }));
  return { nodes, compiled };
}

function nodeOf({ field, operator, value }: Condition): Node {
  const test = tests[operator];
  return (fact) => test(fact.fields[field], value);
}

/** Ordering compares numbers with numbers and strings with strings; anything else is never met. */
const tests: Readonly<Record<Operator, (actual: unknown, wanted: Scalar) => boolean>> = {
  equals: (actual, wanted) => actual === wanted,
  notEquals: (actual, wanted) => actual !== wanted,
  greaterThan: (actual, wanted) => compare(actual, wanted) > 0,
  greaterOrEqual: (actual, wanted) => compare(actual, wanted) >= 0,
  lessThan: (actual, wanted) => compare(actual, wanted) < 0,
  lessOrEqual: (actual, wanted) => compare(actual, wanted) <= 0,
  contains: (actual, wanted) =>
    typeof actual === "string" ? actual.includes(String(wanted)) : Array.isArray(actual) && actual.includes(wanted),
};

/** NaN where the two cannot be ordered: every comparison with NaN is false. */
function compare(actual: unknown, wanted: Scalar): number {
  if (typeof actual === "number" && typeof wanted === "number") return actual - wanted;
  if (typeof actual === "string" && typeof wanted === "string") return actual === wanted ? 0 : actual < wanted ? -1 : 1;
  return Number.NaN;
}
