import { byCalls } from "./journeys/by-calls.ts";
import { dailyOperations } from "./journeys/operations.ts";
import { rankMemories } from "./journeys/rank-memories.ts";
import { readTemplate } from "./journeys/read-template.ts";
import { number } from "./lib/plan.ts";
import { pickSession, type Session, sessions } from "./lib/session.ts";

// MEM-08: the same day's mix, for long (`soak`) and beyond what the service can take (`stress`).
const operation = byCalls("day", {
  ...dailyOperations,
  "templates.read": readTemplate,
  "memories.rank": rankMemories,
});

export function setup(): Session[] {
  return sessions(number("sessions"));
}

export function day(all: Session[]): void {
  operation(pickSession(all));
}
