import { evaluateRules, type Fact, type Rule } from "./journeys/evaluate-rules.ts";
import { iteration } from "./lib/iteration.ts";
import { number } from "./lib/plan.ts";
import { type Session, sessions } from "./lib/session.ts";

const FACTS = number("facts");
const RULES = number("rules");

const rules: readonly Rule[] = Array.from({ length: RULES }, (_, at) => ({
  id: at + 1,
  name: `exactly ${at}`,
  when: { field: "amount", operator: "=", value: at },
  then: [{ set: "tier", to: { value: `tier ${at}` } }],
}));

// Made once: k6 takes longer to make 100,000 objects than the service to evaluate them.
let facts: Fact[] | undefined;

export function setup(): Session[] {
  return sessions(1);
}

/** The largest data set that the specification promises an answer for within a second. No two iterations are equal. */
export function evaluateLarge([me]: Session[]): void {
  if (me === undefined) throw new Error("setup() logged nobody in");
  facts ??= Array.from({ length: FACTS }, (_, at) => ({ id: at + 1, fields: { amount: at, batch: "" } }));
  facts[FACTS - 1] = { id: FACTS, fields: { amount: FACTS - 1, batch: `batch ${iteration()}` } };
  evaluateRules(me, rules, facts, RULES);
}
