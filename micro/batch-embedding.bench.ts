/** A batch of 32 texts that nobody asked for before: the service's, against one that grows everything as it goes. */
import { createHash } from "node:crypto";
import type { Benches } from "../harness/micro/bench.ts";
import type { Redis } from "../targets/reference/src/cache/redis.ts";
import { dimensions } from "../targets/reference/src/embeddings/embed.ts";
import { Embeddings } from "../targets/reference/src/embeddings/embeddings.ts";
import { createLog } from "../targets/reference/src/observe/log.ts";
import { cacheCounters } from "../targets/reference/src/observe/metrics.ts";
import { serviceParts } from "./lib/service.ts";
import { texts } from "./lib/texts.ts";

const BATCH = 32;

export default async function benches(): Promise<Benches> {
  const { settings, metrics } = serviceParts();
  const { log } = createLog(settings, () => {});
  // What is measured is the work in this process: a Redis that knows nothing and answers at once.
  const redis = { getMany: async (keys: readonly string[]) => keys.map(() => null), setMany: async () => {} };
  const embeddings = new Embeddings(settings, redis as unknown as Redis, metrics, log);
  const batch = texts(BATCH, 24);
  let asked = 0;
  /** Another model each time, so that no text is in the cache. */
  const model = () => {
    asked += 1;
    return `reference-${asked}`;
  };
  // The same look-ups are counted, in both levels.
  const counters = [cacheCounters(metrics, "embedding", "l1"), cacheCounters(metrics, "embedding", "l2")];
  const kept = new Map<string, string>();
  const grown = async (name: string) => {
    const result: string[] = [];
    for (const text of batch) {
      const key = createHash("sha256").update(`${name}\0${text}`).digest("base64url");
      if (!kept.has(key)) for (const counter of counters) counter.miss();
      const [cached] = await redis.getMany([`embedding:${key}`]);
      const json = cached ?? JSON.stringify(grownVector(text));
      if (kept.size >= 10_000) kept.clear();
      kept.set(key, json);
      result.push(json);
    }
    return { embeddings: result };
  };
  const [ours, theirs] = [(await embeddings.batch("m", batch)).embeddings, (await grown("m")).embeddings];
  if (ours.join() !== theirs.join()) {
    throw new Error("the two batches differ, so their figures say nothing about each other");
  }
  return {
    batch: { run: () => embeddings.batch(model(), batch), items: BATCH },
    straightforward: { run: () => grown(model()), items: BATCH },
  };
}

/** The same embedding, from lists that grow: words, pairs, and a vector that is pushed together. */
function grownVector(text: string): number[] {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  const hashes = words.map(hashOf);
  const terms: { hash: number; weight: number }[] = [];
  for (const [index, hash] of hashes.entries()) {
    terms.push({ hash, weight: 1 });
    const previous = hashes[index - 1];
    if (previous !== undefined && previous !== 0) terms.push({ hash: Math.imul(previous, 31) ^ hash, weight: 0.5 });
  }
  const vector: number[] = [];
  for (let index = 0; index < dimensions; index += 1) vector.push(0);
  for (const { hash, weight } of terms) {
    const index = hash & (dimensions - 1);
    vector[index] = (vector[index] ?? 0) + ((hash & 0x10_00_00) === 0 ? 1 : -1) * weight;
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  const unit = length === 0 ? vector : vector.map((value) => value / length);
  return unit.map((value) => Math.round(value * 1e6) / 1e6);
}

/** FNV-1a with the low bits scrambled, as in the service. */
function hashOf(word: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < word.length; index += 1) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
