/**
 * `JSON.parse` cannot be interrupted, and V8 ends the whole process where memory runs out in it: 60 MB of `{},` become
 * more than a gigabyte. So what it will make is counted first, at about a nanosecond a byte.
 */

/** Ten for each of 200,000 facts: the fact, its fields, dates among them; rules need fewer. */
const MOST_CONTAINERS = 2_000_000;
/** 25 for each of 200,000 facts. */
const MOST_VALUES = 5_000_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;

/** What is too much of in this JSON (UTF-8), or undefined. */
export function tooMuchJson(body: Uint8Array): string | undefined {
  // Each takes a byte at least.
  if (body.length <= MOST_CONTAINERS) return undefined;
  let containers = 0;
  let commas = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfText(body, at);
    else if (byte === COMMA) commas += 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) containers += 1;
  }
  if (containers > MOST_CONTAINERS) return `${containers} objects and arrays: at most ${MOST_CONTAINERS}`;
  return commas > MOST_VALUES ? `${commas} values: at most ${MOST_VALUES}` : undefined;
}

function endOfText(body: Uint8Array, quote: number): number {
  let at = quote + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}
