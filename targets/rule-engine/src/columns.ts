/**
 * One field of all facts. Rows are counted from 0 and grouped into pages: a page is allocated with the first value in
 * it, nothing is ever copied to grow, and a page fits into the processor's cache while the matcher works on it.
 */
import { MISSING } from "./values.ts";

/** 4,096 rows: 36 KiB a page. */
export const PAGE_BITS = 12;
export const PAGE_ROWS = 1 << PAGE_BITS;
export const PAGE_MASK = PAGE_ROWS - 1;

/** A column changes from a map to pages when this share of its rows, one in so many, holds a value. */
const DENSE_SHARE = 16;

interface Sparse {
  readonly payloads: Map<number, number>;
  /** Of the rows that are not in `others`. */
  kind: number;
  readonly others: Map<number, number>;
}

export class Column {
  readonly name: string;
  /** Per page; undefined where no row of the page has a value. Both have the same pages. */
  readonly kinds: (Uint8Array | undefined)[] = [];
  readonly payloads: (Float64Array | undefined)[] = [];
  /** How many rows have a value. */
  count = 0;
  /** Allocated pages. */
  #pages = 0;
  readonly #shared: boolean;
  /**
   * Few values are kept in a map by row, for as long as the matcher does not read the column. Values of one field mostly
   * have one kind, so only those of another kind are in a second map.
   */
  #sparse: Sparse | undefined;

  constructor(name: string, options: { readonly dense: boolean; readonly shared: boolean }) {
    this.name = name;
    this.#shared = options.shared;
    this.#sparse = options.dense ? undefined : { payloads: new Map(), kind: MISSING, others: new Map() };
  }

  kindAt(row: number): number {
    if (this.#sparse !== undefined) return sparseKind(this.#sparse, row);
    const page = this.kinds[row >>> PAGE_BITS];
    return page === undefined ? MISSING : (page[row & PAGE_MASK] as number);
  }

  /** Without meaning where the kind is MISSING. */
  payloadAt(row: number): number {
    if (this.#sparse !== undefined) return this.#sparse.payloads.get(row) ?? 0;
    const page = this.payloads[row >>> PAGE_BITS];
    return page === undefined ? 0 : (page[row & PAGE_MASK] as number);
  }

  /** MISSING removes the value. `rows`: how many rows there are in all, which decides between map and pages. */
  write(row: number, kind: number, payload: number, rows: number): void {
    const sparse = this.#sparse;
    if (sparse === undefined) {
      this.#writeDense(row, kind, payload);
      return;
    }
    if (kind === MISSING) {
      if (this.count === 0) return;
      sparse.payloads.delete(row);
      sparse.others.delete(row);
    } else {
      if (this.count === 0) sparse.kind = kind;
      sparse.payloads.set(row, payload);
      if (kind !== sparse.kind) sparse.others.set(row, kind);
      else if (sparse.others.size > 0) sparse.others.delete(row);
    }
    this.count = sparse.payloads.size;
    if (this.count * DENSE_SHARE > rows + 512) this.makeDense();
  }

  #writeDense(row: number, kind: number, payload: number): void {
    const number = row >>> PAGE_BITS;
    let kinds = this.kinds[number];
    if (kinds === undefined) {
      if (kind === MISSING) return;
      kinds = this.allocate(number);
    }
    const place = row & PAGE_MASK;
    const before = kinds[place] as number;
    kinds[place] = kind;
    (this.payloads[number] as Float64Array)[place] = payload;
    if ((before === MISSING) !== (kind === MISSING)) this.count += kind === MISSING ? -1 : 1;
  }

  /** The page's kinds, there from now on. */
  allocate(number: number): Uint8Array {
    let kinds = this.kinds[number];
    if (kinds !== undefined) return kinds;
    while (this.kinds.length < number) {
      this.kinds.push(undefined);
      this.payloads.push(undefined);
    }
    if (this.#shared) {
      const memory = new SharedArrayBuffer(PAGE_ROWS * 9);
      kinds = new Uint8Array(memory, PAGE_ROWS * 8, PAGE_ROWS);
      this.payloads[number] = new Float64Array(memory, 0, PAGE_ROWS);
    } else {
      kinds = new Uint8Array(PAGE_ROWS);
      this.payloads[number] = new Float64Array(PAGE_ROWS);
    }
    this.kinds[number] = kinds;
    this.#pages += 1;
    return kinds;
  }

  /** Takes another column's pages instead of own ones: how a thread reads what another has written. */
  borrow(kinds: readonly (Uint8Array | undefined)[], payloads: readonly (Float64Array | undefined)[]): void {
    this.clear();
    this.makeDense();
    this.kinds.push(...kinds);
    this.payloads.push(...payloads);
  }

  /** The matcher asks for it before it reads pages. */
  makeDense(): void {
    const sparse = this.#sparse;
    if (sparse === undefined) return;
    this.#sparse = undefined;
    this.count = 0;
    for (const [row, payload] of sparse.payloads) this.#writeDense(row, sparseKind(sparse, row), payload);
  }

  clear(): void {
    this.kinds.length = 0;
    this.payloads.length = 0;
    this.#pages = 0;
    this.#sparse?.payloads.clear();
    this.#sparse?.others.clear();
    this.count = 0;
  }

  get bytes(): number {
    // A map entry takes about 40 bytes in V8.
    if (this.#sparse !== undefined) return (this.count + this.#sparse.others.size) * 40;
    return this.#pages * PAGE_ROWS * 9 + this.kinds.length * 16;
  }
}

function sparseKind(sparse: Sparse, row: number): number {
  if (!sparse.payloads.has(row)) return MISSING;
  return sparse.others.size === 0 ? sparse.kind : (sparse.others.get(row) ?? sparse.kind);
}
