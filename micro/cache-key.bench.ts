/** Keys of the embedding cache, for texts from 16 B to 64 KiB. */
import type { Bench, Benches } from "../harness/micro/bench.ts";
import { embeddingKey } from "../targets/reference/src/embeddings/embed.ts";
import { texts } from "./lib/texts.ts";

const MODEL = "reference-64";

/** A text of so many bytes, never the same object twice: V8 keeps the hash of a string that it has seen. */
function inputs(bytes: number): () => string {
  const some = texts(64, Math.ceil(bytes / 3)).map((text) => text.slice(0, bytes));
  let next = 0;
  return () => {
    next = (next + 1) % some.length;
    return some[next] ?? "";
  };
}

export function sweep(bytes: number): Bench {
  const input = inputs(bytes);
  return { run: () => embeddingKey(MODEL, input()), items: bytes, single: true };
}

export default function benches(): Benches {
  const input = inputs(1024);
  return { "key-1k": () => embeddingKey(MODEL, input()) };
}
