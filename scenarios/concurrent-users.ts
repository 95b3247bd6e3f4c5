import { byCalls } from "./journeys/by-calls.ts";
import { dailyOperations } from "./journeys/operations.ts";
import { think } from "./journeys/pace.ts";
import { preloadMemories } from "./journeys/preload-memories.ts";
import { rankMemories } from "./journeys/rank-memories.ts";
import { readTemplate } from "./journeys/read-template.ts";
import { recallMemory } from "./journeys/recall-memory.ts";
import { number } from "./lib/plan.ts";
import { session } from "./lib/session.ts";

const operation = byCalls("users", {
  ...dailyOperations,
  "templates.read": readTemplate,
  "memories.read": recallMemory,
  "memories.rank": rankMemories,
  "memories.preload": preloadMemories,
});
const [FROM, TO] = [number("thinkFromSeconds"), number("thinkToSeconds")];

/**
 * One of a thousand users. Each logs in when it arrives, in its own first iteration: a thousand logins cost 37
 * core-seconds of password hashing, which the ramp spreads. The logins are preparation and belong to the phase "setup".
 */
export function user(): void {
  operation(session());
  think(FROM, TO);
}
