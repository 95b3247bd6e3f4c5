import { hash as digest } from "node:crypto";

export const dimensions = 64;

/**
 * A deterministic embedding: each word and word pair is hashed to a dimension and a sign, and the sum is brought to
 * length 1. Texts that share words are near each other; the same text gives the same floats on every machine.
 */
export function embed(text: string): Float64Array {
  const vector = new Float64Array(dimensions);
  embedInto(vector, text);
  return vector;
}

/** As `embed`, into a vector that may hold anything before: a batch needs one vector and not one for each text. */
export function embedInto(vector: Float64Array, text: string): void {
  vector.fill(0);
  let previous = 0;
  for (const word of text.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
    if (word === "") continue;
    const hash = fnv1a(word);
    add(vector, hash, 1);
    if (previous !== 0) add(vector, Math.imul(previous, 31) ^ hash, 0.5);
    previous = hash;
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  else for (let index = 0; index < dimensions; index += 1) vector[index] = (vector[index] ?? 0) / length;
}

/** Similarity of two embeddings of length 1, from -1 to 1. */
export function cosine(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < dimensions; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

/** Says nothing about the text to who reads the cache, and has one length for texts of any size. */
export function embeddingKey(model: string, text: string): string {
  return digest("sha256", `${model}\0${text}`, "base64url");
}

function add(vector: Float64Array, hash: number, weight: number): void {
  const index = hash & (dimensions - 1);
  const sign = (hash & 0x10_00_00) === 0 ? 1 : -1;
  vector[index] = (vector[index] ?? 0) + sign * weight;
}

function fnv1a(word: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < word.length; index += 1) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01_00_01_93);
  // Scrambles the low bits, which choose the dimension.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
