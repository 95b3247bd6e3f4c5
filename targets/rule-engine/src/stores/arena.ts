/**
 * The default store: one column per field, one row per fact, and the row found at the fact's id in an array. It is also
 * the working memory of the matcher, which reads its columns directly.
 */
import { RowSet } from "../bits.ts";
import { Column, PAGE_BITS, PAGE_MASK, PAGE_ROWS } from "../columns.ts";
import type { Fact, Scalar } from "../rule.ts";
import { decode, kindOf, MISSING, NUMBER, payloadOf, STRING, Strings, ValueError } from "../values.ts";
import { IdIndex } from "./id-index.ts";
import { type Changes, checkId, FactError, type FactStore, setOwn } from "./store.ts";

export interface ArenaOptions {
  /** How many facts are expected: memory for their ids is then allocated once. Default 0. */
  readonly capacity?: number;
  /** Keeps only the fields that `column` was asked for; for evaluations that answer nothing else. Default false. */
  readonly onlyKnown?: boolean;
  /** Pages in memory that worker threads can read. Default false. */
  readonly shared?: boolean;
}

/** Names that every object answers to, so that reading them needs a look at whether they are the fact's own. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

export class ArenaFactStore implements FactStore {
  readonly strings: Strings;
  readonly columns = new Map<string, Column>();
  /** Rows that hold a fact. */
  readonly live = new RowSet();
  /** Rows in use, free ones in between included: all rows are below. */
  rowCount = 0;
  /** Whether rows are in the order of ids: so it is until a row is used again, or an id comes late. */
  ascending = true;
  /** The largest id that was ever held; −1 at the beginning. */
  largestId = -1;
  /** The largest id since the store was last empty: an id above it is new, and in order. */
  #top = -1;
  readonly #onlyKnown: boolean;
  readonly #shared: boolean;
  #ids: Float64Array;
  readonly #index: IdIndex;
  /** Rows below this are in the index: facts that nobody asks for by id need none. */
  #indexed = 0;
  #free: number[] = [];
  #columnList: Column[] = [];

  constructor(options: ArenaOptions = {}, strings = new Strings()) {
    this.strings = strings;
    this.#ids = new Float64Array(options.capacity ?? 0);
    this.#index = new IdIndex(options.capacity ?? 0);
    this.#shared = options.shared ?? false;
    this.#onlyKnown = options.onlyKnown ?? false;
  }

  get size(): number {
    return this.live.size;
  }

  get memoryBytes(): number {
    let bytes = this.#ids.byteLength + this.#index.bytes + this.live.bytes + this.#free.length * 8;
    for (const column of this.#columnList) bytes += column.bytes;
    return bytes + this.strings.bytes;
  }

  /** The column of a field, made where there is none, in the form that the matcher reads. */
  column(name: string): Column {
    const column = this.#columnOf(name, true);
    column.makeDense();
    return column;
  }

  #columnOf(name: string, dense: boolean): Column {
    let column = this.columns.get(name);
    if (column === undefined) {
      column = new Column(name, { dense, shared: this.#shared });
      this.columns.set(name, column);
      this.#columnList.push(column);
    }
    return column;
  }

  idOf(row: number): number {
    return this.#ids[row] as number;
  }

  /** Ids by row. Not to be written, nor kept over an addition. */
  get idsByRow(): Float64Array {
    return this.#ids;
  }

  /** −1 where there is no such fact. */
  rowOf(id: number): number {
    if (this.#indexed < this.rowCount) this.#indexRows();
    const row = this.#index.get(id);
    return row;
  }

  #indexRows(): void {
    for (let row = this.#indexed; row < this.rowCount; row += 1) {
      this.#index.set(this.#ids[row] as number, row, this.rowCount);
    }
    this.#indexed = this.rowCount;
  }

  has(id: number): boolean {
    return this.rowOf(id) >= 0;
  }

  get hasFreeRows(): boolean {
    return this.#free.length > 0;
  }

  /** The row of a new fact. Rows that became free are used first. */
  add(fact: Fact): number {
    const id = this.#checkNew(fact.id);
    this.#checkFields(id, fact.fields);
    const row = this.#newRow(id);
    for (const name of Object.keys(fact.fields)) {
      if (this.#onlyKnown && !this.columns.has(name)) continue;
      const value = fact.fields[name];
      const kind = kindOf(value);
      if (kind === MISSING) continue;
      this.#columnOf(name, false).write(row, kind, payloadOf(kind, value, this.strings), this.rowCount);
    }
    return row;
  }

  #checkNew(given: unknown): number {
    const id = checkId(given);
    if (id <= this.#top && this.rowOf(id) >= 0) throw new FactError(`there is a fact with the id ${id} already`);
    return id;
  }

  #checkFields(id: number, fields: Changes): void {
    if (typeof fields !== "object" || fields === null) throw new FactError(`fact ${id} has no object of fields`);
    for (const name of Object.keys(fields)) {
      try {
        kindOf(fields[name]);
      } catch (error) {
        throw refused(error, id, name);
      }
    }
  }

  #newRow(id: number): number {
    const row = this.#free.pop() ?? this.rowCount;
    if (row === this.rowCount) {
      this.#reserve(1);
      this.rowCount += 1;
      if (id < this.#top) this.ascending = false;
    } else {
      this.ascending = false;
    }
    this.#ids[row] = id;
    if (row < this.#indexed) this.#index.set(id, row, this.rowCount);
    this.live.add(row);
    if (id > this.#top) this.#top = id;
    if (id > this.largestId) this.largestId = id;
    return row;
  }

  #reserve(more: number): void {
    const needed = this.rowCount + more;
    if (needed <= this.#ids.length) return;
    const grown = new Float64Array(Math.max(needed, 64, Math.ceil(this.#ids.length * 1.5)));
    grown.set(this.#ids.subarray(0, this.rowCount));
    this.#ids = grown;
  }

  addAll(facts: readonly Fact[]): void {
    // Free rows lie scattered; a few facts fill them, many are written page by page behind the last.
    if (this.#free.length >= facts.length) {
      for (const fact of facts) this.add(fact);
      return;
    }
    const first = this.rowCount;
    const before = { largestId: this.largestId, top: this.#top };
    const added = this.#addIds(facts);
    try {
      if (added < facts.length) this.#refuse(facts[added]);
      if (!this.#onlyKnown) this.#fillAll(facts, first, added);
      else for (const column of this.#columnList) this.#fillColumn(column, facts, first, added);
    } catch (error) {
      this.#dropFrom(first);
      this.largestId = before.largestId;
      this.#top = before.top;
      throw error instanceof TypeError ? fieldlessFact(facts, error) : error;
    }
  }

  /** Says what is wrong with the fact that no row could be had for. */
  #refuse(fact: Fact | undefined): never {
    const id = checkId(fact?.id);
    throw new FactError(`there is a fact with the id ${id} already`);
  }

  /** Rows for as many facts as have good ids; gives their number. */
  #addIds(facts: readonly Fact[]): number {
    this.#reserve(facts.length);
    const ids = this.#ids;
    const first = this.rowCount;
    let row = first;
    let top = this.#top;
    for (let i = 0; i < facts.length; i += 1) {
      const id = facts[i]?.id;
      if (id === undefined || !Number.isSafeInteger(id) || id < 0) break;
      if (id > top) top = id;
      else {
        // Out of order: only the index tells whether the id is there.
        this.rowCount = row;
        if (this.rowOf(id) >= 0) break;
        this.ascending = false;
      }
      ids[row] = id;
      row += 1;
    }
    this.rowCount = row;
    this.#top = top;
    this.largestId = Math.max(this.largestId, top);
    this.#fillLive(first, row);
    return row - first;
  }

  /** Says that so many rows hold facts, whose values are in borrowed columns; they have no ids here but their rows. */
  useRows(count: number): void {
    this.#reserve(count);
    for (let row = this.rowCount; row < count; row += 1) this.#ids[row] = row;
    this.#fillLive(this.rowCount, count);
    this.rowCount = count;
    this.#top = count - 1;
  }

  #fillLive(from: number, to: number): void {
    for (let row = from; row < to; ) {
      if ((row & 31) === 0 && row + 32 <= to) {
        const number = row >>> PAGE_BITS;
        this.live.add(row);
        const page = this.live.pages[number] as Uint32Array;
        page[(row & PAGE_MASK) >>> 5] = 0xffffffff;
        this.live.size += 31;
        row += 32;
      } else {
        this.live.add(row);
        row += 1;
      }
    }
  }

  /** After a refused value: no half of a batch stays. */
  #dropFrom(first: number): void {
    for (let row = first; row < this.rowCount; row += 1) {
      this.live.delete(row);
      for (const column of this.#columnList) column.write(row, MISSING, 0, this.rowCount);
      if (row < this.#indexed) this.#index.delete(this.#ids[row] as number);
    }
    this.rowCount = first;
    this.#indexed = Math.min(this.#indexed, first);
  }

  #fillColumn(column: Column, facts: readonly Fact[], first: number, count: number): void {
    const name = column.name;
    const inherited = INHERITED.has(name);
    const strings = this.strings;
    let filled = 0;
    for (let from = 0; from < count; ) {
      const row = first + from;
      const page = row >>> PAGE_BITS;
      const place = row & PAGE_MASK;
      const length = Math.min(PAGE_ROWS - place, count - from);
      let kinds = column.kinds[page];
      let payloads = column.payloads[page];
      for (let i = 0; i < length; i += 1) {
        const fields = (facts[from + i] as Fact).fields;
        const value = fields[name];
        if (value === undefined || (inherited && !Object.hasOwn(fields, name))) continue;
        if (kinds === undefined || payloads === undefined) {
          kinds = column.allocate(page);
          payloads = column.payloads[page] as Float64Array;
        }
        if (typeof value === "string") {
          kinds[place + i] = STRING;
          payloads[place + i] = strings.intern(value);
        } else if (typeof value === "number") {
          kinds[place + i] = NUMBER;
          payloads[place + i] = value;
        } else {
          const kind = kindOrRefusal(value, (facts[from + i] as Fact).id, name);
          kinds[place + i] = kind;
          payloads[place + i] = payloadOf(kind, value, strings);
        }
        filled += 1;
      }
      from += length;
    }
    column.count += filled;
  }

  /** Facts of one batch mostly have the same fields in the same order, so the next column is guessed from the last fact. */
  #fillAll(facts: readonly Fact[], first: number, count: number): void {
    const guessed: Column[] = [];
    const strings = this.strings;
    const rows = this.rowCount;
    for (let i = 0; i < count; i += 1) {
      const { id, fields } = facts[i] as Fact;
      if (typeof fields !== "object" || fields === null) throw new FactError(`fact ${id} has no object of fields`);
      const keys = Object.keys(fields);
      for (let k = 0; k < keys.length; k += 1) {
        const name = keys[k] as string;
        const value = fields[name];
        const kind = typeof value === "number" ? NUMBER : kindOrRefusal(value, id, name);
        if (kind === MISSING) continue;
        let column = guessed[k];
        if (column === undefined || column.name !== name) {
          column = this.#columnOf(name, false);
          guessed[k] = column;
        }
        column.write(first + i, kind, payloadOf(kind, value, strings), rows);
      }
    }
  }

  get(id: number): Fact | undefined {
    const row = this.rowOf(id);
    return row < 0 ? undefined : { id, fields: this.fieldsOf(row) };
  }

  fieldsOf(row: number): Record<string, Scalar> {
    const fields: Record<string, Scalar> = {};
    for (const column of this.#columnList) {
      const value = this.read(row, column);
      if (value !== undefined) setOwn(fields, column.name, value);
    }
    return fields;
  }

  read(row: number, column: Column): Scalar | undefined {
    return decode(column.kindAt(row), column.payloadAt(row), this.strings);
  }

  value(id: number, field: string): Scalar | undefined {
    const row = this.rowOf(id);
    const column = this.columns.get(field);
    return row < 0 || column === undefined ? undefined : this.read(row, column);
  }

  update(id: number, changes: Changes): void {
    const row = this.requireRow(id);
    this.#checkFields(id, changes);
    for (const name of Object.keys(changes)) this.write(row, name, changes[name]);
  }

  /** Checks a whole set of changes before the first is made. @throws FactError */
  checkChanges(id: number, changes: Changes): number {
    const row = this.requireRow(id);
    this.#checkFields(id, changes);
    return row;
  }

  /** @throws FactError */
  requireRow(id: number): number {
    const row = this.rowOf(id);
    if (row < 0) throw new FactError(`there is no fact with the id ${id}`);
    return row;
  }

  write(row: number, name: string, value: Scalar | undefined): void {
    const kind = kindOf(value);
    if ((kind === MISSING || this.#onlyKnown) && !this.columns.has(name)) return;
    this.#columnOf(name, false).write(row, kind, payloadOf(kind, value, this.strings), this.rowCount);
  }

  /** As `write`, for a value that is encoded already, to many rows. */
  writeAll(rows: ArrayLike<number>, name: string, kind: number, payload: number): void {
    if (this.#onlyKnown && !this.columns.has(name)) return;
    const column = this.#columnOf(name, false);
    for (let i = 0; i < rows.length; i += 1) column.write(rows[i] as number, kind, payload, this.rowCount);
  }

  retract(id: number): boolean {
    const row = this.rowOf(id);
    if (row < 0) return false;
    this.retractRow(row);
    return true;
  }

  retractRow(row: number): void {
    this.#index.delete(this.#ids[row] as number);
    this.live.delete(row);
    if (this.live.size === 0) {
      this.#release();
      return;
    }
    for (const column of this.#columnList) column.write(row, MISSING, 0, this.rowCount);
    this.#free.push(row);
  }

  /** Nothing is left: gives all memory back, strings excepted, whose numbers rules and indexes know. */
  #release(): void {
    for (const column of this.#columnList) column.clear();
    this.#ids = new Float64Array(0);
    this.#index.clear();
    this.#indexed = 0;
    this.live.clear();
    this.rowCount = 0;
    this.#free = [];
    this.#top = -1;
    this.ascending = true;
    this.strings.forget();
  }

  ids(): Float64Array {
    const rows = this.live.rows();
    const ids = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i += 1) ids[i] = this.#ids[rows[i] as number] as number;
    return this.ascending ? ids : ids.sort();
  }
}

function kindOrRefusal(value: unknown, id: number, name: string): number {
  try {
    return kindOf(value);
  } catch (error) {
    throw refused(error, id, name);
  }
}

function refused(error: unknown, id: number, name: string): unknown {
  return error instanceof ValueError ? new FactError(`fact ${id}, field "${name}": ${error.message}`) : error;
}

/** Reading a field of something that is no object is a TypeError; this says of which fact. */
function fieldlessFact(facts: readonly Fact[], error: TypeError): Error {
  const fact = facts.find(({ fields }) => typeof fields !== "object" || fields === null);
  return fact === undefined ? error : new FactError(`fact ${fact.id} has no object of fields`);
}
