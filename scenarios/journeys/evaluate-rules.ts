import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";

interface Evaluation {
  readonly results: readonly Firing[];
  readonly engineStats: Numbers<"ruleCount" | "factCount" | "nodeCount" | "memoryUsageBytes">;
  readonly processingMetrics: Numbers<"evaluationTimeMs" | "factsProcessed" | "rulesFired" | "memoryPeakBytes">;
}
interface Firing {
  readonly ruleId: number;
  readonly factId: number;
  /** What the rule's actions did: here, the one field that was set. */
  readonly effects: readonly { readonly set: string; readonly to: string }[];
}
type Numbers<Name extends string> = Readonly<Record<Name, number>>;

const evaluate = endpoint<Evaluation>("rules.evaluate");

/** The part of the engine's rule format that these scenarios use. */
export interface Rule {
  readonly id: number;
  readonly name: string;
  readonly when: Comparison | { readonly all: readonly Comparison[] };
  readonly then: readonly [{ readonly set: string; readonly to: { readonly value: string } }];
}
interface Comparison {
  readonly field: string;
  readonly operator: "=" | ">=";
  readonly value: number | string;
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
    check: (evaluation) =>
      statisticsProblem(evaluation, rules, facts) ?? resultsProblem(evaluation, rules, fires) ?? true,
  });
}

function statisticsProblem(
  { engineStats, processingMetrics }: Evaluation,
  rules: readonly Rule[],
  facts: readonly Fact[],
): string | undefined {
  if (engineStats.ruleCount !== rules.length) return `${engineStats.ruleCount} rules, not ${rules.length}`;
  if (engineStats.factCount !== facts.length) return `${engineStats.factCount} facts, not ${facts.length}`;
  if (!(engineStats.nodeCount > 0 && engineStats.memoryUsageBytes > 0)) return "no nodes or no memory";
  if (processingMetrics.factsProcessed !== facts.length)
    return `${processingMetrics.factsProcessed} facts processed, not ${facts.length}`;
  const isTimed = processingMetrics.evaluationTimeMs >= 0 && processingMetrics.memoryPeakBytes > 0;
  return isTimed ? undefined : "no time or no peak";
}

function resultsProblem(
  { results, processingMetrics }: Evaluation,
  rules: readonly Rule[],
  fires: number,
): string | undefined {
  if (processingMetrics.rulesFired !== fires) return `${processingMetrics.rulesFired} rules fired, not ${fires}`;
  if (results.length !== fires) return `${results.length} results, not ${fires}`;
  const wrong = results.find(({ ruleId, factId, effects }) => {
    const [action] = rules[ruleId - 1]?.then ?? [];
    return !(factId > 0) || effects[0]?.set !== action?.set || effects[0]?.to !== action?.to.value;
  });
  return wrong === undefined ? undefined : `a result that no rule gives: ${JSON.stringify(wrong)}`;
}

/** `rules` rules over orders: the i-th fires for every order of its region whose amount is at least its own limit. */
export function orderRules(rules: number): Rule[] {
  return Array.from({ length: rules }, (_, at) => ({
    id: at + 1,
    name: `${regionOf(at)} from ${limitOf(at)}`,
    when: {
      all: [
        { field: "region", operator: "=", value: regionOf(at) },
        { field: "amount", operator: ">=", value: limitOf(at) },
      ],
    },
    then: [{ set: "tier", to: { value: `tier ${at}` } }],
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
