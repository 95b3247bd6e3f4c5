/**
 * How a value stands in a column: a kind and a number. Strings are interned, so that equality of two values is equality
 * of two numbers of the same kind, whatever they are.
 */
import type { Scalar } from "./rule.ts";

/** The numbers are stored in columns; 0 means that the fact has no such field. */
export const MISSING = 0;
export const NULL = 1;
export const BOOLEAN = 2;
export const NUMBER = 3;
export const DATE = 4;
export const STRING = 5;

/** Something other than the format's scalars was given as a value. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/** Numbers for strings, counted up from 0; a string keeps its number for as long as the table lives. */
export class Strings {
  #numbers = new Map<string, number>();
  #texts: string[] = [];
  #pinned = 0;
  #units = 0;
  #lastText = "";
  #lastNumber = -1;

  get size(): number {
    return this.#texts.length;
  }

  intern(text: string): number {
    // Neighbouring facts often hold the same string, and comparing one pointer is cheaper than hashing.
    if (text === this.#lastText && this.#lastNumber >= 0) return this.#lastNumber;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(text);
      this.#units += text.length;
      this.#numbers.set(text, number);
    }
    this.#lastText = text;
    this.#lastNumber = number;
    return number;
  }

  /** −1 where the string has never been seen. */
  find(text: string): number {
    return this.#numbers.get(text) ?? -1;
  }

  text(number: number): string {
    return this.#texts[number] as string;
  }

  /** Strings up to now belong to rules: they keep their numbers when the facts' strings are forgotten. */
  pin(): void {
    this.#pinned = this.#texts.length;
  }

  /** Forgets what no rule holds; only for a store that is empty. */
  forget(): void {
    if (this.#texts.length === this.#pinned) return;
    this.#texts = this.#texts.slice(0, this.#pinned);
    this.#numbers = new Map(this.#texts.map((text, number) => [text, number]));
    this.#lastNumber = -1;
    this.#units = 0;
    for (const text of this.#texts) this.#units += text.length;
  }

  /** Two bytes a unit, and about 60 for a string's place in the table. */
  get bytes(): number {
    return this.#units * 2 + this.#texts.length * 60;
  }

  /** The texts from a number on, for another table that is to number them alike. */
  since(number: number): string[] {
    return this.#texts.slice(number);
  }
}

/** The kind of a value as it comes from a caller. @throws ValueError for what is no scalar */
export function kindOf(value: unknown): number {
  switch (typeof value) {
    case "number":
      return NUMBER;
    case "string":
      return STRING;
    case "boolean":
      return BOOLEAN;
    case "undefined":
      return MISSING;
    default:
      if (value === null) return NULL;
      if (value instanceof Date) return DATE;
      throw new ValueError(
        `${typeof value === "object" ? "an object" : `a ${typeof value}`} is no value: use a string, number, boolean, null or Date`,
      );
  }
}

/** The number that stands for a value of the given kind. Strings are interned. */
export function payloadOf(kind: number, value: unknown, strings: Strings): number {
  switch (kind) {
    case NUMBER:
      return value as number;
    case STRING:
      return strings.intern(value as string);
    case BOOLEAN:
      return value === true ? 1 : 0;
    case DATE:
      return (value as Date).getTime();
    default:
      return 0;
  }
}

export function decode(kind: number, payload: number, strings: Strings): Scalar | undefined {
  switch (kind) {
    case NUMBER:
      return payload;
    case STRING:
      return strings.text(payload);
    case BOOLEAN:
      return payload === 1;
    case DATE:
      return new Date(payload);
    case NULL:
      return null;
    default:
      return undefined;
  }
}

/** NaN equals NaN, −0 equals 0. */
export function samePayload(a: number, b: number): boolean {
  // biome-ignore lint/suspicious/noSelfCompare: only NaN differs from itself
  return a === b || (a !== a && b !== b);
}

/** Whether a < b, for two values of one kind. Null and booleans have no order, NaN neither. */
export function isLess(kind: number, a: number, b: number, strings: Strings): boolean {
  if (kind === NUMBER || kind === DATE) return a < b;
  return kind === STRING && strings.text(a) < strings.text(b);
}
