import { readTemplate } from "./journeys/read-template.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function templates(all: Session[]): void {
  readTemplate(pickSession(all));
}
