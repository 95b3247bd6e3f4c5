import { evaluateRules, expectedFires, orderRules, orders } from "./journeys/evaluate-rules.ts";
import { number } from "./lib/plan.ts";
import { type Session, sessions } from "./lib/session.ts";

const RULES = orderRules(number("rules"));
const FACTS = number("facts");

export function setup(): Session[] {
  return sessions(1);
}

/** The largest data set that the specification promises an answer for within a second. */
export function evaluateLarge([me]: Session[]): void {
  if (me === undefined) throw new Error("setup() logged nobody in");
  const facts = orders(FACTS);
  evaluateRules(me, RULES, facts, expectedFires(RULES.length, facts));
}
