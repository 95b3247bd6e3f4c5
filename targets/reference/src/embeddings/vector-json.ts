import { dimensions } from "./embed.ts";

/** A sign, "0.", six decimals and a comma for each number, and two brackets. */
const LONGEST = dimensions * 10 + 2;
const ZERO = 0x30;

/**
 * Writes the numbers of embeddings as JSON, with six decimals: more than the similarity of 64 dimensions can use, at a
 * third of the bytes. One buffer serves all vectors, so that what a vector costs is its text and nothing else; a list of
 * numbers, their texts and their joins would be eight times as much.
 */
export class VectorJson {
  readonly #bytes = Buffer.allocUnsafeSlow(LONGEST);

  /** Of a vector whose numbers lie between -1 and 1. Equal to `JSON.stringify` of the rounded numbers. */
  write(vector: Float64Array): string {
    const bytes = this.#bytes;
    bytes[0] = 0x5b; // [
    let at = 1;
    for (let index = 0; index < vector.length; index += 1) {
      if (index > 0) bytes[at++] = 0x2c; // ,
      at = writeNumber(bytes, at, Math.round((vector[index] ?? 0) * 1e6));
    }
    bytes[at++] = 0x5d; // ]
    return bytes.toString("latin1", 0, at);
  }
}

/** `millionths` / 1,000,000, without zeros at its end. Where the next character goes. */
function writeNumber(bytes: Uint8Array, start: number, millionths: number): number {
  let at = start;
  let rest = Math.abs(millionths);
  if (millionths < 0) bytes[at++] = 0x2d; // -
  bytes[at++] = ZERO + (rest >= 1_000_000 ? 1 : 0);
  rest %= 1_000_000;
  if (rest === 0) return at;
  bytes[at++] = 0x2e; // .
  for (let place = 100_000; rest > 0; place /= 10) {
    const digit = Math.floor(rest / place);
    bytes[at++] = ZERO + digit;
    rest -= digit * place;
  }
  return at;
}
