/** The memories of one user, from rows to a set that can be ranked, and one of them found again. */
import type { Benches } from "../harness/micro/bench.ts";
import { PrivateCache } from "../targets/reference/src/cache/private.ts";
import { type Memory, type PreparedMemory, prepare } from "../targets/reference/src/memories/relevance.ts";
import { serviceParts } from "./lib/service.ts";
import { texts } from "./lib/texts.ts";

/** As the data of the target has them. */
const MEMORIES_PER_USER = 60;

export default function benches(): Benches {
  const { settings, metrics } = serviceParts();
  const rows = texts(MEMORIES_PER_USER, 30).map(
    (content, index): Memory => ({ id: index + 1, content, tags: ["memory"], createdAt: new Date(1.79e12 + index) }),
  );
  const setOf = (memories: readonly Memory[]) => {
    const ordered = memories.map(prepare);
    return { ordered, byId: new Map(ordered.map((memory): [number, PreparedMemory] => [memory.id, memory])) };
  };
  const cache = new PrivateCache<ReturnType<typeof setOf>>("query", metrics, {
    maxEntries: 500,
    seconds: settings.cacheSeconds,
  });
  for (let user = 1; user <= 100; user += 1) cache.set(user, "", setOf(rows));
  let turn = 0;
  return {
    preload: { run: () => setOf(rows), items: MEMORIES_PER_USER, single: true },
    retrieve: {
      single: true,
      run: () => {
        turn += 1;
        const found = cache.get(1 + (turn % 100))?.byId.get(1 + (turn % MEMORIES_PER_USER));
        if (found === undefined) throw new Error("a memory that was preloaded is not there");
        return found;
      },
    },
  };
}
