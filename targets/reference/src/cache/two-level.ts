import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { type CacheCounters, type CacheName, cacheCounters, type Metrics } from "../observe/metrics.ts";
import type { Redis } from "./redis.ts";

/**
 * In-process LRU (L1) before Redis (L2). While Redis is away it works as L1 alone. Concurrent misses of one key load
 * once. Only for data that every user may see: user data, specs, conflicts and tokens never come here (SOC-15).
 */
export class TwoLevelCache<Value extends object> {
  readonly #options: TwoLevelOptions<Value>;
  readonly #l1: LRUCache<string, Value>;
  readonly #l1Counters: CacheCounters;
  readonly #l2Counters: CacheCounters;
  readonly #loading = new Map<string, Promise<Value | undefined>>();
  /** Keys whose copy in Redis is stale because Redis was away at the invalidation. */
  readonly #stale = new Set<string>();
  #sweeping = false;

  constructor(options: TwoLevelOptions<Value>) {
    this.#options = options;
    this.#l1 = new LRUCache({ max: options.maxEntries, ttl: options.seconds * 1000 });
    this.#l1Counters = cacheCounters(options.metrics, options.name, "l1");
    this.#l2Counters = cacheCounters(options.metrics, options.name, "l2");
  }

  /** The L1 entry, without a promise: the path of nearly every read. */
  peek(key: string): Value | undefined {
    const started = performance.now();
    const value = this.#l1.get(key);
    if (value === undefined) this.#l1Counters.miss();
    else this.#l1Counters.hit(performance.now() - started);
    return value;
  }

  /** For after a missed `peek`: L2, else `load`. A load that returns undefined is not kept. */
  fetch(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading: Promise<Value | undefined> = this.#fill(key, load, () => this.#loading.get(key) === loading).finally(
      () => {
        if (this.#loading.get(key) === loading) this.#loading.delete(key);
      },
    );
    this.#loading.set(key, loading);
    return loading;
  }

  /** Keeps a value that was made elsewhere. */
  async put(key: string, value: Value): Promise<void> {
    this.#l1.set(key, value);
    await this.#writeL2(key, value, () => true);
  }

  /** Call it after the write is committed. A load that runs meanwhile may hold the old value, so it is not kept. */
  async invalidate(key: string): Promise<void> {
    this.#loading.delete(key);
    this.#l1.delete(key);
    this.#stale.add(key);
    await this.#options.redis.delete([this.#redisKey(key)]).then(
      () => this.#stale.delete(key),
      (error: unknown) => {
        this.#options.log.warn({ err: error, key }, "a cache entry could not be removed from redis; it will be");
        this.#sweepLater();
      },
    );
  }

  async #fill(key: string, load: () => Promise<Value | undefined>, current: () => boolean): Promise<Value | undefined> {
    const cached = await this.#readL2(key);
    if (cached !== undefined) {
      if (current()) this.#l1.set(key, cached);
      return cached;
    }
    const value = await load();
    if (value === undefined || !current()) return value;
    this.#l1.set(key, value);
    if (!this.#stale.has(key)) await this.#writeL2(key, value, current);
    return value;
  }

  async #readL2(key: string): Promise<Value | undefined> {
    if (this.#stale.has(key)) return undefined;
    const started = performance.now();
    const text = await this.#options.redis.get(this.#redisKey(key)).catch(() => null);
    const value = text === null ? undefined : this.#options.decode(text);
    if (value === undefined) this.#l2Counters.miss();
    else this.#l2Counters.hit(performance.now() - started);
    return value;
  }

  async #writeL2(key: string, value: Value, current: () => boolean): Promise<void> {
    const { redis, encode, seconds } = this.#options;
    await redis.set(this.#redisKey(key), encode(value), seconds).catch(() => undefined);
    // The key was invalidated while the write was under way: the write may have landed after the removal.
    if (!current()) await this.invalidate(key);
  }

  /** Until Redis has taken the removal, the key is neither read from it nor written to it. */
  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    const timer = setTimeout(async () => {
      this.#sweeping = false;
      const keys = [...this.#stale];
      const removed = await this.#options.redis.delete(keys.map((key) => this.#redisKey(key))).then(
        () => true,
        () => false,
      );
      if (!removed) this.#sweepLater();
      else for (const key of keys) this.#stale.delete(key);
    }, 1000);
    timer.unref();
  }

  #redisKey(key: string): string {
    return `${this.#options.name}:${key}`;
  }
}

export interface TwoLevelOptions<Value> {
  readonly name: CacheName;
  readonly redis: Redis;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly maxEntries: number;
  readonly seconds: number;
  encode(value: Value): string;
  /** Undefined where the text is not of this form (written by another version). */
  decode(text: string): Value | undefined;
}
