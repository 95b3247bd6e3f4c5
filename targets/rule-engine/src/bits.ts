/** Sets of rows, in pages of the same size as those of columns. A page without a row takes no memory. */
import { PAGE_BITS, PAGE_ROWS } from "./columns.ts";

export const PAGE_WORDS = PAGE_ROWS / 32;
const WORD_MASK = PAGE_WORDS - 1;

export class RowSet {
  readonly pages: (Uint32Array | undefined)[] = [];
  /** How many rows the set has. */
  size = 0;
  /** Allocated pages. */
  #allocated = 0;

  has(row: number): boolean {
    const page = this.pages[row >>> PAGE_BITS];
    return page !== undefined && (((page[(row >>> 5) & WORD_MASK] as number) >>> (row & 31)) & 1) === 1;
  }

  /** Whether it was not there before. */
  add(row: number): boolean {
    const number = row >>> PAGE_BITS;
    const page = this.pages[number] ?? this.#allocate(number);
    const word = (row >>> 5) & WORD_MASK;
    const before = page[word] as number;
    const after = before | (1 << (row & 31));
    if (before === after >>> 0) return false;
    page[word] = after;
    this.size += 1;
    return true;
  }

  #allocate(number: number): Uint32Array {
    while (this.pages.length < number) this.pages.push(undefined);
    const page = new Uint32Array(PAGE_WORDS);
    this.pages[number] = page;
    this.#allocated += 1;
    return page;
  }

  /** Whether it was there before. */
  delete(row: number): boolean {
    const page = this.pages[row >>> PAGE_BITS];
    if (page === undefined) return false;
    const word = (row >>> 5) & WORD_MASK;
    const before = page[word] as number;
    const bit = 1 << (row & 31);
    if ((before & bit) === 0) return false;
    page[word] = before & ~bit;
    this.size -= 1;
    return true;
  }

  /** Adds the rows of a page that are in `words`, of which none is in the set yet. */
  addPage(number: number, words: Uint32Array, count: number): void {
    if (count === 0) return;
    const page = this.pages[number] ?? this.#allocate(number);
    for (let i = 0; i < PAGE_WORDS; i += 1) page[i] = (page[i] as number) | (words[i] as number);
    this.size += count;
  }

  clear(): void {
    this.pages.length = 0;
    this.#allocated = 0;
    this.size = 0;
  }

  /** In ascending order of the rows. */
  rows(): Int32Array {
    const rows = new Int32Array(this.size);
    let length = 0;
    for (let number = 0; number < this.pages.length; number += 1) {
      const page = this.pages[number];
      if (page !== undefined) length = collectRows(page, number << PAGE_BITS, rows, length);
    }
    return rows;
  }

  get bytes(): number {
    return this.#allocated * PAGE_WORDS * 4 + this.pages.length * 8;
  }
}

/** How many bits are set in a page. */
export function countBits(words: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i += 1) {
    let v = words[i] as number;
    // Population count by parallel sums: Warren, Hacker's Delight, 2nd edition, figure 5-2.
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    v = (v + (v >>> 4)) & 0x0f0f0f0f;
    count += Math.imul(v, 0x01010101) >>> 24;
  }
  return count;
}

/** Writes the rows of a page, whose first row is `base`, to `into` from `at` on; gives the place behind the last. */
export function collectRows(words: Uint32Array, base: number, into: Int32Array, at: number): number {
  let place = at;
  for (let i = 0; i < words.length; i += 1) {
    let word = words[i] as number;
    const first = base + (i << 5);
    while (word !== 0) {
      const lowest = word & -word;
      into[place] = first + 31 - Math.clz32(lowest);
      place += 1;
      word ^= lowest;
    }
  }
  return place;
}

/** A growing list of rows. */
export class RowList {
  rows: Int32Array;
  length = 0;

  constructor(capacity = 0) {
    this.rows = new Int32Array(capacity);
  }

  push(row: number): void {
    if (this.length === this.rows.length) this.reserve(1);
    this.rows[this.length] = row;
    this.length += 1;
  }

  /** Makes room for `more` rows behind the present ones. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.rows.length) return;
    const grown = new Int32Array(Math.max(needed, 16, Math.ceil(this.rows.length * 1.5)));
    grown.set(this.rows.subarray(0, this.length));
    this.rows = grown;
  }

  /** Adds the rows of a page of a set. */
  pushPage(words: Uint32Array, base: number, count: number): void {
    this.reserve(count);
    this.length = collectRows(words, base, this.rows, this.length);
  }

  view(): Int32Array {
    return this.rows.subarray(0, this.length);
  }
}
