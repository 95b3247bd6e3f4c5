import { endpoint } from "../lib/endpoint.ts";
import { random } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";

const rank = endpoint<{ readonly items: readonly { readonly id: number; readonly score: number }[] }>("memories.rank");
const LIMIT = 50;

/** The 50 most relevant memories of a user. */
export function rankMemories({ token }: Session): void {
  rank({
    token,
    body: { query: random("query").text(5), limit: LIMIT },
    check: ({ items }) => {
      if (items.length !== LIMIT) return `${items.length} memories instead of ${LIMIT}`;
      const sorted = items.every((item, at) => at === 0 || item.score <= (items[at - 1]?.score ?? 0));
      return sorted || "not in the order of their scores";
    },
  });
}
