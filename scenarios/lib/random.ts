import { iteration, scenarioName } from "./iteration.ts";
import { plan } from "./plan.ts";

export interface Random {
  /** [0, 1) */
  next(): number;
  /** Both ends included. */
  integer(min: number, max: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** So many words, separated by spaces. */
  text(words: number): string;
}

/**
 * The random numbers of this iteration: the same in every run with the same seed, others in every iteration. Two
 * generators in one iteration need different keys, else they give the same numbers.
 */
export function random(key = ""): Random {
  return generator(hash(`${plan.seed}/${scenarioName()}/${key}`) ^ Math.imul(iteration() + 1, 0x9e3779b1));
}

/** A text that occurs once in a test: from the seed, the k6 scenario, its iteration, and a count within the iteration. */
export function unique(): string {
  const [name, index] = [scenarioName(), iteration()];
  count = name === lastName && index === lastIndex ? count + 1 : 0;
  lastName = name;
  lastIndex = index;
  const text = `${plan.seed.toString(36)}-${name}-${index.toString(36)}`;
  return count === 0 ? text : `${text}-${count}`;
}

let lastName = "";
let lastIndex = -1;
let count = 0;

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, passes gjrand; enough for test data. */
export function generator(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[integer(0, items.length - 1)];
    if (item === undefined) throw new Error("pick() needs a list with at least one item");
    return item;
  };
  return {
    next,
    integer,
    pick,
    text: (words) => Array.from({ length: words }, () => pick(WORDS)).join(" "),
  };
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}

const WORDS = (
  "the team wants a service that keeps every order and answers within a second even when many users ask at once " +
  "data must stay private between customers and the budget for hosting is small we expect growth after the launch"
).split(" ");
