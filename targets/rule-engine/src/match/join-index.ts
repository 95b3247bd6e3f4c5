/**
 * Hash index for joins: rows of one alpha memory by their value in one field. Rows with one value form a list whose
 * links are arrays by row, so that adding and removing a row allocates nothing.
 */
import type { RowSet } from "../bits.ts";
import type { Column } from "../columns.ts";
import { MISSING, NUMBER, STRING } from "../values.ts";

const END = -1;
/** Whole numbers below this, 16 MiB of heads, are looked up at their own place. */
const DIRECT = 1 << 22;

export class JoinIndex {
  readonly column: Column;
  readonly #holds: RowSet;
  #built = false;
  /** First row, plus 1; 0 for none. */
  #ints: Int32Array = new Int32Array(0);
  #texts: Int32Array = new Int32Array(0);
  #rest = new Map<number, Map<number, number>>();
  #next: Int32Array = new Int32Array(0);
  #previous: Int32Array = new Int32Array(0);

  constructor(holds: RowSet, column: Column) {
    this.#holds = holds;
    this.column = column;
  }

  get built(): boolean {
    return this.#built;
  }

  /** Nothing is indexed before somebody asks. */
  build(): void {
    if (this.#built) return;
    this.#built = true;
    const rows = this.#holds.rows();
    this.#reserve(rows.length === 0 ? 0 : (rows[rows.length - 1] as number) + 1);
    // From the back, so that the lists begin with the smallest row.
    for (let i = rows.length - 1; i >= 0; i -= 1) {
      const row = rows[i] as number;
      this.add(row, this.column.kindAt(row), this.column.payloadAt(row));
    }
  }

  clear(): void {
    this.#built = false;
    this.#ints = new Int32Array(0);
    this.#texts = new Int32Array(0);
    this.#rest.clear();
    this.#next = new Int32Array(0);
    this.#previous = new Int32Array(0);
  }

  /** The first row with this value, −1 where there is none. */
  first(kind: number, payload: number): number {
    if (!this.#built) this.build();
    return this.#first(kind, payload);
  }

  #first(kind: number, payload: number): number {
    if (kind === STRING) return payload < this.#texts.length ? (this.#texts[payload] as number) - 1 : END;
    if (kind === NUMBER && payload >= 0 && payload < DIRECT && Number.isInteger(payload)) {
      return payload < this.#ints.length ? (this.#ints[payload] as number) - 1 : END;
    }
    return (this.#rest.get(kind)?.get(payload) ?? 0) - 1;
  }

  /** The next row with the same value. */
  after(row: number): number {
    return this.#next[row] as number;
  }

  #setFirst(kind: number, payload: number, row: number): void {
    if (kind === STRING) {
      if (payload >= this.#texts.length) this.#texts = grown(this.#texts, payload + 1);
      this.#texts[payload] = row + 1;
    } else if (kind === NUMBER && payload >= 0 && payload < DIRECT && Number.isInteger(payload)) {
      if (payload >= this.#ints.length) this.#ints = grown(this.#ints, payload + 1);
      this.#ints[payload] = row + 1;
    } else {
      let map = this.#rest.get(kind);
      if (map === undefined) {
        map = new Map();
        this.#rest.set(kind, map);
      }
      if (row === END) map.delete(payload);
      else map.set(payload, row + 1);
    }
  }

  #reserve(rows: number): void {
    if (rows <= this.#next.length) return;
    this.#next = grown(this.#next, rows);
    this.#previous = grown(this.#previous, rows);
  }

  add(row: number, kind: number, payload: number): void {
    if (kind === MISSING) return;
    this.#reserve(row + 1);
    const first = this.#first(kind, payload);
    this.#next[row] = first;
    this.#previous[row] = END;
    if (first !== END) this.#previous[first] = row;
    this.#setFirst(kind, payload, row);
  }

  remove(row: number, kind: number, payload: number): void {
    if (kind === MISSING) return;
    const next = this.#next[row] as number;
    const previous = this.#previous[row] as number;
    if (next !== END) this.#previous[next] = previous;
    if (previous === END) this.#setFirst(kind, payload, next);
    else this.#next[previous] = next;
  }

  get bytes(): number {
    let rest = 0;
    for (const map of this.#rest.values()) rest += map.size * 40;
    const arrays = this.#ints.byteLength + this.#texts.byteLength + this.#next.byteLength + this.#previous.byteLength;
    return arrays + rest;
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(Math.max(length, Math.ceil(array.length * 1.5), 64));
  larger.set(array);
  return larger;
}
