import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";

interface Evaluation {
  readonly results: readonly { readonly ruleId: number; readonly factId: number }[];
  readonly engineStats: Numbers<"ruleCount" | "factCount" | "nodeCount" | "memoryUsageBytes">;
  readonly processingMetrics: Numbers<"evaluationTimeMs" | "factsProcessed" | "rulesFired" | "memoryPeakBytes">;
}
type Numbers<Name extends string> = Readonly<Record<Name, number>>;

const evaluate = endpoint<Evaluation>("rules.evaluate");

export interface Rule {
  readonly id: number;
  readonly name: string;
  readonly conditions: readonly {
    readonly field: string;
    readonly operator: string;
    readonly value: number | string;
  }[];
  readonly actions: readonly { readonly type: "setField"; readonly field: string; readonly value: string }[];
}

export interface Fact {
  readonly id: number;
  readonly fields: Readonly<Record<string, number | string>>;
}

/** Evaluates, and asserts the statistics that the specification promises with every answer (BIN-10). */
export function evaluateRules({ token }: Session, rules: readonly Rule[], facts: readonly Fact[], fires: number): void {
  evaluate({
    token,
    body: { rules, facts },
    check: ({ results, engineStats, processingMetrics }) => {
      if (engineStats.ruleCount !== rules.length) return `${engineStats.ruleCount} rules, not ${rules.length}`;
      if (engineStats.factCount !== facts.length) return `${engineStats.factCount} facts, not ${facts.length}`;
      if (!(engineStats.nodeCount > 0 && engineStats.memoryUsageBytes > 0)) return "no nodes or no memory";
      if (processingMetrics.factsProcessed !== facts.length)
        return `${processingMetrics.factsProcessed} facts processed`;
      if (!(processingMetrics.evaluationTimeMs >= 0 && processingMetrics.memoryPeakBytes > 0))
        return "no time, no peak";
      if (processingMetrics.rulesFired !== fires) return `${processingMetrics.rulesFired} rules fired, not ${fires}`;
      return results.length > 0 || fires === 0 || "rules fired without a result";
    },
  });
}

/** `rules` rules over orders: the i-th fires for every order of its region whose amount is at least its own limit. */
export function orderRules(rules: number): Rule[] {
  return Array.from({ length: rules }, (_, at) => ({
    id: at + 1,
    name: `${regionOf(at)} from ${limitOf(at)}`,
    conditions: [
      { field: "region", operator: "equals", value: regionOf(at) },
      { field: "amount", operator: "greaterOrEqual", value: limitOf(at) },
    ],
    actions: [{ type: "setField", field: "tier", value: `tier ${at}` }],
  }));
}

/** `count` orders of this iteration; the regions take turns. */
export function orders(count: number): Fact[] {
  const numbers = random("orders");
  const batch = unique();
  return Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    fields: { region: regionOf(at), amount: numbers.integer(0, 999), batch },
  }));
}

/** How often the rules must fire: counted here without an engine. */
export function expectedFires(rules: number, facts: readonly Fact[]): number {
  let fires = 0;
  facts.forEach(({ fields }, at) => {
    for (let rule = at % REGIONS.length; rule < rules; rule += REGIONS.length) {
      if (Number(fields["amount"]) >= limitOf(rule)) fires += 1;
    }
  });
  return fires;
}

const REGIONS = ["north", "east", "south", "west", "centre", "coast", "hills", "lakes", "plain", "islands"];

function regionOf(at: number): string {
  return REGIONS[at % REGIONS.length] ?? "";
}

function limitOf(rule: number): number {
  return (rule * 37) % 1000;
}
