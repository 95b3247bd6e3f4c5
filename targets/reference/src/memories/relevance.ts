import { cosine, embed } from "../embeddings/embed.ts";

export interface Memory {
  readonly id: number;
  readonly content: string;
  readonly tags: readonly string[];
  readonly createdAt: Date;
}

/** A memory with what ranking needs, computed once. */
export interface PreparedMemory extends Memory {
  readonly vector: Float64Array;
}

export interface Ranked {
  readonly id: number;
  readonly score: number;
}

export function prepare(memory: Memory): PreparedMemory {
  return { ...memory, vector: embed(`${memory.content} ${memory.tags.join(" ")}`) };
}

/**
 * The `limit` most relevant memories, best first: similarity 80 %, a tag named in the query 10 %, age 10 %. Age counts
 * by order, not by the clock, so that the same memories rank the same tomorrow.
 */
export function rank(memories: readonly PreparedMemory[], query: string, limit: number): readonly Ranked[] {
  const wanted = embed(query);
  const words = new Set(query.toLowerCase().split(/\W+/));
  const newestFirst = [...memories].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id);
  return newestFirst
    .map((memory, age) => {
      const tagged = memory.tags.some((tag) => words.has(tag.toLowerCase())) ? 1 : 0;
      const score = 0.8 * cosine(wanted, memory.vector) + 0.1 * tagged + 0.1 * (1 - age / newestFirst.length);
      return { id: memory.id, score: Math.round(score * 1e6) / 1e6 };
    })
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, limit);
}
