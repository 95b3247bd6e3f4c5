import { projectLife } from "./journeys/project-life.ts";
import { specBulk } from "./journeys/spec-bulk.ts";
import { specLife } from "./journeys/spec-life.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function projects(all: Session[]): void {
  projectLife(pickSession(all));
}

export function specs(all: Session[]): void {
  const me = pickSession(all);
  specLife(me);
  specBulk(me);
}
