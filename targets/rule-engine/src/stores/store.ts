/** What every fact store can do, and what it says when asked for something impossible. */
import type { Fact, Scalar } from "../rule.ts";

/** Fields to change; undefined takes a field away. */
export type Changes = Readonly<Record<string, Scalar | undefined>>;

export interface FactStore {
  /** How many facts there are. */
  readonly size: number;
  /** Estimated from what has been allocated; strings count with two bytes a unit. */
  readonly memoryBytes: number;
  /** @throws FactError for a bad or present id, or a value that is no scalar; the store is then as before */
  add(fact: Fact): void;
  /** As `add` for each. When one is refused, some of the others may have been added: which is not promised. */
  addAll(facts: readonly Fact[]): void;
  has(id: number): boolean;
  /** A copy. */
  get(id: number): Fact | undefined;
  value(id: number, field: string): Scalar | undefined;
  /** @throws FactError for an unknown id or a value that is no scalar; the store is then as before */
  update(id: number, changes: Changes): void;
  /** Whether there was such a fact. */
  retract(id: number): boolean;
  /** In ascending order. */
  ids(): Float64Array;
}

/** A fact that cannot be stored, found or changed; the message names the fact, the field and what was expected. */
export class FactError extends Error {
  override readonly name = "FactError";
}

/** @throws FactError */
export function checkId(id: unknown): number {
  if (typeof id === "number" && Number.isSafeInteger(id) && id >= 0) return id;
  throw new FactError(`the id of a fact is ${shown(id)}: it must be an integer from 0 to 2^53 - 1`);
}

function shown(value: unknown): string {
  return typeof value === "number" || value === null || value === undefined ? String(value) : `a ${typeof value}`;
}

/** Makes a property of its own, whatever the name: `__proto__` too is a plain field. */
export function setOwn<T>(record: Record<string, T>, name: string, value: T): void {
  if (name === "__proto__") {
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  } else record[name] = value;
}
