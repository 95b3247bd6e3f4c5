import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Redis } from "../cache/redis.ts";
import { type CacheCounters, cacheCounters, type Metrics } from "../observe/metrics.ts";
import type { Settings } from "../settings.ts";
import { dimensions, embeddingKey, embedInto } from "./embed.ts";
import { VectorJson } from "./vector-json.ts";

export interface EmbeddedBatch {
  /** Each embedding as JSON text, in the order of the input. */
  readonly embeddings: readonly string[];
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/**
 * Embeddings of a batch: L1, then one MGET for all that are missing there, then computed and written back in one
 * pipeline. Cached as JSON text, because that is what is sent. Keys are hashes; without Redis it computes more.
 */
export class Embeddings {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #seconds: number;
  readonly #l1: LRUCache<string, string>;
  readonly #l1Counters: CacheCounters;
  readonly #l2Counters: CacheCounters;
  // Allocated once and used for every text: an embedding is written out before the next is computed.
  readonly #vector = new Float64Array(dimensions);
  readonly #json = new VectorJson();

  constructor(settings: Settings, redis: Redis, metrics: Metrics, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    this.#seconds = settings.cacheSeconds;
    this.#l1 = new LRUCache({ max: 10_000, ttl: settings.cacheSeconds * 1000 });
    this.#l1Counters = cacheCounters(metrics, "embedding", "l1");
    this.#l2Counters = cacheCounters(metrics, "embedding", "l2");
  }

  async batch(model: string, texts: readonly string[]): Promise<EmbeddedBatch> {
    const keys = texts.map((text) => embeddingKey(model, text));
    const found = new Map<string, string>();
    for (const key of keys) this.#lookInL1(key, found);
    const afterL1 = [...new Set(keys)].filter((key) => !found.has(key));
    if (afterL1.length > 0) await this.#lookInL2(afterL1, found);

    const computed: (readonly [string, string])[] = [];
    for (const [index, key] of keys.entries()) {
      if (found.has(key)) continue;
      embedInto(this.#vector, texts[index] ?? "");
      const json = this.#json.write(this.#vector);
      found.set(key, json);
      this.#l1.set(key, json);
      computed.push([`embedding:${key}`, json]);
    }
    if (computed.length > 0) await this.#redis.setMany(computed, this.#seconds).catch(() => undefined);
    return {
      embeddings: keys.map((key) => found.get(key) ?? "[]"),
      cacheHits: texts.length - computed.length,
      cacheMisses: computed.length,
    };
  }

  #lookInL1(key: string, found: Map<string, string>): void {
    const started = performance.now();
    const json = this.#l1.get(key);
    if (json === undefined) {
      this.#l1Counters.miss();
      return;
    }
    this.#l1Counters.hit(performance.now() - started);
    found.set(key, json);
  }

  async #lookInL2(keys: readonly string[], found: Map<string, string>): Promise<void> {
    const started = performance.now();
    const values = await this.#redis.getMany(keys.map((key) => `embedding:${key}`)).catch((error: unknown) => {
      this.#log.debug({ err: error }, "embeddings are computed without redis");
      return [];
    });
    const milliseconds = performance.now() - started;
    for (const [index, key] of keys.entries()) {
      const json = values[index];
      if (typeof json !== "string") {
        this.#l2Counters.miss();
        continue;
      }
      this.#l2Counters.hit(milliseconds);
      this.#l1.set(key, json);
      found.set(key, json);
    }
  }
}
