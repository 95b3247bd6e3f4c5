/** A store that keeps the facts that were asked for last as objects, so that asking again costs one look-up. */
import type { Fact, Scalar } from "../rule.ts";
import { ArenaFactStore } from "./arena.ts";
import type { Changes, FactStore } from "./store.ts";

export interface CachedOptions {
  /** How many facts the cache holds. */
  readonly cacheSize: number;
  /** Where all facts are. Default: an arena. */
  readonly inner?: FactStore;
}

export class CachedFactStore implements FactStore {
  readonly #inner: FactStore;
  readonly #cacheSize: number;
  /** A map keeps the order of insertion: what is used goes to the end, what is first was not used for longest. */
  readonly #cache = new Map<number, Fact>();
  hits = 0;
  misses = 0;

  /** @throws RangeError for a size that is no positive integer */
  constructor({ cacheSize, inner = new ArenaFactStore() }: CachedOptions) {
    if (!Number.isSafeInteger(cacheSize) || cacheSize < 1) throw new RangeError("cacheSize must be an integer from 1");
    this.#inner = inner;
    this.#cacheSize = cacheSize;
  }

  get size(): number {
    return this.#inner.size;
  }

  /** A cached fact is taken for 200 bytes. */
  get memoryBytes(): number {
    return this.#inner.memoryBytes + this.#cache.size * 200;
  }

  add(fact: Fact): void {
    this.#inner.add(fact);
  }

  addAll(facts: readonly Fact[]): void {
    this.#inner.addAll(facts);
  }

  has(id: number): boolean {
    return this.#cache.has(id) || this.#inner.has(id);
  }

  /** The same object until the fact changes, so it is frozen. */
  get(id: number): Fact | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) {
      this.hits += 1;
      this.#cache.delete(id);
      this.#cache.set(id, cached);
      return cached;
    }
    this.misses += 1;
    const fact = this.#inner.get(id);
    if (fact === undefined) return undefined;
    Object.freeze(fact.fields);
    this.#cache.set(id, Object.freeze(fact));
    if (this.#cache.size > this.#cacheSize) {
      const oldest = this.#cache.keys().next();
      if (oldest.done !== true) this.#cache.delete(oldest.value);
    }
    return fact;
  }

  value(id: number, field: string): Scalar | undefined {
    const cached = this.#cache.get(id);
    if (cached === undefined) return this.#inner.value(id, field);
    return Object.hasOwn(cached.fields, field) ? cached.fields[field] : undefined;
  }

  update(id: number, changes: Changes): void {
    this.#inner.update(id, changes);
    this.#cache.delete(id);
  }

  retract(id: number): boolean {
    this.#cache.delete(id);
    return this.#inner.retract(id);
  }

  ids(): Float64Array {
    return this.#inner.ids();
  }
}
