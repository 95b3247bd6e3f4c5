/** Look-ups that hit: the shared two-level cache, a user's own, and a batch of embeddings. Each call timed by itself. */
import type { Benches } from "../harness/micro/bench.ts";
import { PrivateCache } from "../targets/reference/src/cache/private.ts";
import type { Redis } from "../targets/reference/src/cache/redis.ts";
import { TwoLevelCache } from "../targets/reference/src/cache/two-level.ts";
import { Embeddings } from "../targets/reference/src/embeddings/embeddings.ts";
import { createLog } from "../targets/reference/src/observe/log.ts";
import { serviceParts } from "./lib/service.ts";
import { texts } from "./lib/texts.ts";

const ENTRIES = 1000;

export default async function benches(): Promise<Benches> {
  // The benchmark is about hits: nothing may grow old meanwhile.
  const { settings, metrics } = serviceParts({ CACHE_SECONDS: "86400" });
  const { log } = createLog(settings, () => {});
  const redis = {
    set: async () => {},
    getMany: async (keys: readonly string[]) => keys.map(() => null),
    setMany: async () => {},
  } as unknown as Redis;
  const seconds = settings.cacheSeconds;
  const shared = new TwoLevelCache<{ id: number }>({
    name: "response",
    redis,
    metrics,
    log,
    maxEntries: ENTRIES,
    seconds,
    encode: JSON.stringify,
    decode: JSON.parse,
  });
  const own = new PrivateCache<{ id: number }>("query", metrics, { maxEntries: ENTRIES, seconds });
  const embeddings = new Embeddings(settings, redis, metrics, log);
  const batch = texts(32, 24);
  await embeddings.batch("reference-64", batch);
  const keys = Array.from({ length: ENTRIES }, (_, id) => `/api/templates/${id}`);
  for (const [id, key] of keys.entries()) {
    await shared.put(key, { id });
    own.set(id, "", { id });
  }
  let turn = 0;
  const next = () => {
    turn = (turn + 1) % ENTRIES;
    return turn;
  };
  return {
    shared: { run: () => hit(shared.peek(keys[next()] ?? "")), single: true },
    private: { run: () => hit(own.get(next())), single: true },
    "embeddings-32": {
      single: true,
      items: batch.length,
      run: async () => {
        const { cacheMisses } = await embeddings.batch("reference-64", batch);
        if (cacheMisses > 0) throw new Error("an embedding is not in the cache");
      },
    },
  };
}

function hit<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the cache does not have what it was given");
  return value;
}
