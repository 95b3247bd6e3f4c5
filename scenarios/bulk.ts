import { specBulk } from "./journeys/spec-bulk.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function bulk(all: Session[]): void {
  specBulk(pickSession(all));
}
