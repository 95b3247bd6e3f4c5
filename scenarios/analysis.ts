import { findConflicts } from "./journeys/find-conflicts.ts";
import { openConflicts } from "./journeys/open-conflicts.ts";
import { checkQuality } from "./journeys/quality.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function conflicts(all: Session[]): void {
  const me = pickSession(all);
  const project = findConflicts(me);
  if (project !== undefined) openConflicts(me, project);
}

export function quality(all: Session[]): void {
  checkQuality(pickSession(all));
}
