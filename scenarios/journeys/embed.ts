import { endpoint } from "../lib/endpoint.ts";
import { type Random, random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";

interface Embeddings {
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[];
  readonly usage: { readonly cacheHits: number; readonly cacheMisses: number };
}

const create = endpoint<Embeddings>("embeddings.create");
const COMMON_TEXTS = 40;

/** So many texts in one request; every fourth is new, the others are what everybody asks for. */
export function embed({ token }: Session, texts: number): void {
  const numbers = random("texts");
  const input = Array.from({ length: texts }, (_, at) => (at % 4 === 0 ? newText(numbers) : commonText(numbers)));
  create({ token, body: { model: "small", input }, check: (body) => complete(body, texts) });
}

/** One text that everybody asks for: after the warm-up a cache hit. */
export function embedCommon({ token }: Session): void {
  create({
    token,
    body: { model: "small", input: [commonText(random("text"))] },
    check: (body) => complete(body, 1),
  });
}

function newText(numbers: Random): string {
  return `${unique()} ${numbers.text(12)}`;
}

function commonText(numbers: Random): string {
  return `common text ${numbers.integer(1, COMMON_TEXTS)}`;
}

function complete({ data, usage }: Embeddings, texts: number): true | string {
  if (data.length !== texts) return `${data.length} embeddings for ${texts} texts`;
  if (data.some((one, at) => one.index !== at || one.embedding.length !== 64)) return "an embedding is out of place";
  return usage.cacheHits + usage.cacheMisses === texts || "hits and misses do not add up to the texts";
}
