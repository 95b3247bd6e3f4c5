import { byCalls } from "./journeys/by-calls.ts";
import { findConflicts } from "./journeys/find-conflicts.ts";
import { dailyOperations } from "./journeys/operations.ts";
import { awaitTurn } from "./journeys/pace.ts";
import { checkQuality } from "./journeys/quality.ts";
import { newQuestions } from "./journeys/questions.ts";
import { readTemplate } from "./journeys/read-template.ts";
import { signIn } from "./journeys/sign-in.ts";
import { vuNumber } from "./lib/iteration.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

// SOC-08 in both shapes: `load-open` drives the first five functions, `load-users` the last one.
const operations = {
  ...dailyOperations,
  "templates.read": readTemplate,
  "auth.login": signIn,
  "llm.questions": newQuestions,
  "conflicts.detect": findConflicts,
  "quality.check": checkQuality,
};
const api = byCalls("api", operations);
const everything = byCalls("users", operations);
const PERIOD = number("periodSeconds", 1);

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function operation(all: Session[]): void {
  api(pickSession(all));
}

export function login(): void {
  signIn();
}

export function questions(all: Session[]): void {
  newQuestions(pickSession(all));
}

export function conflicts(all: Session[]): void {
  findConflicts(pickSession(all));
}

export function quality(all: Session[]): void {
  checkQuality(pickSession(all));
}

/** One of a hundred users: each VU has a session of its own, and time to think between two operations. */
export function user(all: Session[]): void {
  const me = all[(vuNumber() - 1) % all.length];
  if (me === undefined) throw new Error("setup() logged nobody in");
  awaitTurn(PERIOD);
  everything(me);
}
