import { findConflicts } from "./journeys/find-conflicts.ts";
import { openConflicts } from "./journeys/open-conflicts.ts";
import { projectLife } from "./journeys/project-life.ts";
import { newQuestions } from "./journeys/questions.ts";
import { signInAndOut } from "./journeys/sign-in-and-out.ts";
import { specLife } from "./journeys/spec-life.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function session(): void {
  signInAndOut();
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

export function conflicts(all: Session[]): void {
  const me = pickSession(all);
  const project = findConflicts(me);
  if (project !== undefined) openConflicts(me, project);
}
