import { evaluateRules, expectedFires, orderRules, orders } from "./journeys/evaluate-rules.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

const FACTS = number("facts");
const RULES = orderRules(number("rules"));

export function setup(): Session[] {
  return sessions(number("sessions"));
}

/** Facts of its own in every iteration. */
export function evaluate(all: Session[]): void {
  const facts = orders(FACTS);
  evaluateRules(pickSession(all), RULES, facts, expectedFires(RULES.length, facts));
}
