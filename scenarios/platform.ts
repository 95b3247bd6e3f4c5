import { byCalls } from "./journeys/by-calls.ts";
import { dailyOperations } from "./journeys/operations.ts";
import { specBulk } from "./journeys/spec-bulk.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

const single = byCalls("single", dailyOperations);

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function operation(all: Session[]): void {
  single(pickSession(all));
}

export function bulk(all: Session[]): void {
  specBulk(pickSession(all));
}
