import { LRUCache } from "lru-cache";
import { type CacheCounters, type CacheName, cacheCounters, type Metrics } from "../observe/metrics.ts";

/**
 * An in-process cache of one user's own data: every key carries the user's id, nothing of it reaches Redis, and no
 * other user can name its key (SOC-15). Bounded by entries and by age.
 */
export class PrivateCache<Value extends object> {
  readonly #entries: LRUCache<string, Value>;
  readonly #counters: CacheCounters;

  constructor(name: CacheName, metrics: Metrics, limits: { readonly maxEntries: number; readonly seconds: number }) {
    this.#entries = new LRUCache({ max: limits.maxEntries, ttl: limits.seconds * 1000 });
    this.#counters = cacheCounters(metrics, name, "l1");
  }

  get(userId: number, key = ""): Value | undefined {
    const started = performance.now();
    const value = this.#entries.get(`${userId}:${key}`);
    if (value === undefined) this.#counters.miss();
    else this.#counters.hit(performance.now() - started);
    return value;
  }

  set(userId: number, key: string, value: Value): void {
    this.#entries.set(`${userId}:${key}`, value);
  }

  delete(userId: number, key = ""): void {
    this.#entries.delete(`${userId}:${key}`);
  }
}
