import { extractSpecs } from "./journeys/extract.ts";
import { findConflicts } from "./journeys/find-conflicts.ts";
import { openConflicts } from "./journeys/open-conflicts.ts";
import { projectLife } from "./journeys/project-life.ts";
import { checkQuality } from "./journeys/quality.ts";
import { newQuestions } from "./journeys/questions.ts";
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
  specLife(pickSession(all));
}

export function questions(all: Session[]): void {
  newQuestions(pickSession(all));
}

export function extract(all: Session[]): void {
  extractSpecs(pickSession(all));
}

export function conflicts(all: Session[]): void {
  const me = pickSession(all);
  const project = findConflicts(me);
  if (project !== undefined) openConflicts(me, project);
}

export function quality(all: Session[]): void {
  checkQuality(pickSession(all));
}
