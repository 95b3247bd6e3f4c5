/** Ranking the memories of one user by a query, as the service does it for every request. */
import type { Bench, Benches } from "../harness/micro/bench.ts";
import { type PreparedMemory, prepare, rank } from "../targets/reference/src/memories/relevance.ts";
import { texts } from "./lib/texts.ts";

const QUERY = "what did the user ask about the ranking of a memory";

export function prepared(count: number): PreparedMemory[] {
  return texts(count, 30).map((content, index) =>
    prepare({
      id: index + 1,
      content,
      tags: ["memory", `tag${index % 7}`],
      createdAt: new Date(1.79e12 + index * 60_000),
    }),
  );
}

export function sweep(count: number): Bench {
  const memories = prepared(count);
  return { run: () => rank(memories, QUERY, 50), items: count };
}

export default function benches(): Benches {
  const memories = prepared(50);
  return { "rank-50": { run: () => rank(memories, QUERY, 50), items: 50, single: true } };
}
