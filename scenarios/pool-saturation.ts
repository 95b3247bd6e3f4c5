import { byCalls } from "./journeys/by-calls.ts";
import { exportRows } from "./journeys/export-project.ts";
import { dailyOperations } from "./journeys/operations.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

const single = byCalls("single", dailyOperations);
const ROWS = number("exportedRows");

export function setup(): Session[] {
  return sessions(number("sessions"));
}

/** Short requests that have to wait for a connection while exports hold them. */
export function operation(all: Session[]): void {
  single(pickSession(all));
}

export function exportAll(all: Session[]): void {
  exportRows(pickSession(all), ROWS);
}
