/** An arena with indexes: facts by the value of a field, a fact's type among them, without looking at any other fact. */

import { JoinIndex } from "../match/join-index.ts";
import type { Fact, Scalar } from "../rule.ts";
import { kindOf, STRING } from "../values.ts";
import { ArenaFactStore, type ArenaOptions } from "./arena.ts";
import type { Changes, FactStore } from "./store.ts";

export interface IndexedOptions extends Omit<ArenaOptions, "onlyKnown"> {
  /** Fields that facts are looked up by, and joined on. */
  readonly fields: readonly string[];
  /** The field that says what kind of thing a fact is. Default "type". */
  readonly typeField?: string;
}

export class IndexedFactStore implements FactStore {
  readonly #arena: ArenaFactStore;
  readonly #typeField: string;
  readonly #indexes: ReadonlyMap<string, JoinIndex>;

  constructor({ fields, typeField = "type", ...arena }: IndexedOptions) {
    this.#arena = new ArenaFactStore(arena);
    this.#typeField = typeField;
    const names = new Set([typeField, ...fields]);
    this.#indexes = new Map(
      [...names].map((name) => [name, new JoinIndex(this.#arena.live, this.#arena.column(name))]),
    );
  }

  get size(): number {
    return this.#arena.size;
  }

  get memoryBytes(): number {
    let bytes = this.#arena.memoryBytes;
    for (const index of this.#indexes.values()) bytes += index.bytes;
    return bytes;
  }

  add(fact: Fact): void {
    const row = this.#arena.add(fact);
    for (const index of this.#indexes.values()) {
      if (index.built) index.add(row, index.column.kindAt(row), index.column.payloadAt(row));
    }
  }

  /** Indexes are made anew at the next look-up: for many facts that is cheaper. */
  addAll(facts: readonly Fact[]): void {
    for (const index of this.#indexes.values()) index.clear();
    this.#arena.addAll(facts);
  }

  has(id: number): boolean {
    return this.#arena.has(id);
  }

  get(id: number): Fact | undefined {
    return this.#arena.get(id);
  }

  value(id: number, field: string): Scalar | undefined {
    return this.#arena.value(id, field);
  }

  update(id: number, changes: Changes): void {
    const row = this.#arena.checkChanges(id, changes);
    const touched = [...this.#indexes].filter(([name, index]) => index.built && Object.hasOwn(changes, name));
    for (const [, index] of touched) index.remove(row, index.column.kindAt(row), index.column.payloadAt(row));
    this.#arena.update(id, changes);
    for (const [, index] of touched) index.add(row, index.column.kindAt(row), index.column.payloadAt(row));
  }

  retract(id: number): boolean {
    const row = this.#arena.rowOf(id);
    if (row < 0) return false;
    for (const index of this.#indexes.values()) {
      if (index.built) index.remove(row, index.column.kindAt(row), index.column.payloadAt(row));
    }
    this.#arena.retractRow(row);
    if (this.#arena.size === 0) for (const index of this.#indexes.values()) index.clear();
    return true;
  }

  ids(): Float64Array {
    return this.#arena.ids();
  }

  /** Ids of the facts of a type, ascending. */
  ofType(type: string): number[] {
    return this.with(this.#typeField, type);
  }

  /**
   * Ids of the facts with this value in the field, ascending.
   * @throws RangeError for a field without an index
   */
  with(field: string, value: Scalar): number[] {
    const index = this.#indexOf(field);
    const kind = kindOf(value);
    // A string that no fact and no rule ever held has no number, and need not get one.
    const payload = kind === STRING ? this.#arena.strings.find(value as string) : Number(value);
    return payload < 0 && kind === STRING ? [] : this.#idsFrom(index, kind, payload);
  }

  /**
   * Ids of the facts whose `field` holds what the fact `id` has in `ownField`, ascending: one step of a join.
   * @throws RangeError for a field without an index
   */
  joined(id: number, ownField: string, field: string): number[] {
    const value = this.value(id, ownField);
    return value === undefined ? [] : this.with(field, value);
  }

  #indexOf(field: string): JoinIndex {
    const index = this.#indexes.get(field);
    if (index === undefined) throw new RangeError(`there is no index of the field ${JSON.stringify(field)}`);
    return index;
  }

  #idsFrom(index: JoinIndex, kind: number, payload: number): number[] {
    const ids: number[] = [];
    for (let row = index.first(kind, payload); row >= 0; row = index.after(row)) ids.push(this.#arena.idOf(row));
    return ids.sort((a, b) => a - b);
  }
}
