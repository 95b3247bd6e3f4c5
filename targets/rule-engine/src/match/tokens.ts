/**
 * The matches of one joining rule: a token is the rows that a match binds, one array per pattern, and tokens that are
 * released are used again. Found by their rows through a hash table, and by any one row through lists.
 */
const END = -1;

export const FREE = 0;
export const PENDING = 1;
export const FIRED = 2;

export class TokenTable {
  /** How many facts a match binds. */
  readonly width: number;
  /** Per pattern, the row of each token. */
  columns: Int32Array[];
  state: Uint8Array = new Uint8Array(0);
  /** Tokens that stand for a match that holds. */
  live = 0;
  /** Tokens ever in use at once. */
  #used = 0;
  #free: number[] = [];
  /** Released while the agenda was being worked on, which may still name them. */
  #quarantine: number[] = [];
  /** Look-ups are made when the first change asks for them: a single evaluation never does. */
  #indexed = false;
  #heads: Int32Array = new Int32Array(0);
  #hashNext: Int32Array = new Int32Array(0);
  #rowHeads: Int32Array[];
  #rowNext: Int32Array[];
  #rowPrevious: Int32Array[];
  #marks: Uint32Array = new Uint32Array(0);

  constructor(width: number) {
    this.width = width;
    this.columns = empty(width);
    this.#rowHeads = empty(width);
    this.#rowNext = empty(width);
    this.#rowPrevious = empty(width);
  }

  /** Takes all tokens at once, pending. Only for an empty table. */
  adopt(columns: Int32Array[], count: number): void {
    this.columns = columns;
    this.#used = count;
    this.live = count;
    this.state = new Uint8Array(count).fill(PENDING);
    this.#free = [];
    this.#indexed = false;
  }

  /** The token of these rows, made where there is none; then it is PENDING. */
  insert(rows: ArrayLike<number>): number {
    this.#index();
    const found = this.#find(rows);
    if (found !== END) return found;
    const token = this.#free.pop() ?? this.#used;
    if (token === this.#used) this.#grow();
    for (let p = 0; p < this.width; p += 1) (this.columns[p] as Int32Array)[token] = rows[p] as number;
    this.state[token] = PENDING;
    this.live += 1;
    this.#link(token);
    return token;
  }

  /** Whether the token was inserted just now rather than found. */
  mark(token: number, stamp: number): void {
    this.#marks[token] = stamp;
  }

  marked(token: number, stamp: number): boolean {
    return this.#marks[token] === stamp;
  }

  release(token: number): void {
    this.#index();
    this.#unlink(token);
    this.state[token] = FREE;
    this.live -= 1;
    this.#quarantine.push(token);
  }

  /** Nobody names a released token any more. */
  settle(): void {
    for (const token of this.#quarantine) this.#free.push(token);
    this.#quarantine = [];
    if (this.live === 0 && this.#used > 0) this.#reset();
  }

  #reset(): void {
    this.columns = empty(this.width);
    this.#rowHeads = empty(this.width);
    this.#rowNext = empty(this.width);
    this.#rowPrevious = empty(this.width);
    this.state = new Uint8Array(0);
    this.#heads = new Int32Array(0);
    this.#hashNext = new Int32Array(0);
    this.#marks = new Uint32Array(0);
    this.#free = [];
    this.#used = 0;
    this.#indexed = false;
  }

  /** Tokens that bind the row at a pattern; −1 is the end. */
  firstWith(position: number, row: number): number {
    this.#index();
    const heads = this.#rowHeads[position] as Int32Array;
    return row < heads.length ? (heads[row] as number) - 1 : END;
  }

  nextWith(position: number, token: number): number {
    return (this.#rowNext[position] as Int32Array)[token] as number;
  }

  /** All tokens in use. */
  each(visit: (token: number) => void): void {
    for (let token = 0; token < this.#used; token += 1) if (this.state[token] !== FREE) visit(token);
  }

  get bytes(): number {
    let bytes = this.state.byteLength + this.#heads.byteLength + this.#hashNext.byteLength + this.#marks.byteLength;
    for (const arrays of [this.columns, this.#rowHeads, this.#rowNext, this.#rowPrevious]) {
      for (const array of arrays) bytes += array.byteLength;
    }
    return bytes;
  }

  #index(): void {
    if (this.#indexed) return;
    this.#indexed = true;
    const capacity = Math.max(this.#used, 16);
    this.#resize(capacity);
    this.#heads = new Int32Array(powerOfTwo(capacity));
    for (let token = 0; token < this.#used; token += 1) if (this.state[token] !== FREE) this.#link(token);
  }

  #grow(): void {
    this.#used += 1;
    if (this.#used <= this.state.length) return;
    const capacity = Math.max(16, Math.ceil(this.state.length * 1.5), this.#used);
    this.#resize(capacity);
    if (capacity <= this.#heads.length) return;
    this.#heads = new Int32Array(powerOfTwo(capacity));
    for (let token = 0; token < this.#used - 1; token += 1) if (this.state[token] !== FREE) this.#linkHash(token);
  }

  #resize(capacity: number): void {
    this.columns = this.columns.map((column) => resized(column, capacity));
    this.#rowNext = this.#rowNext.map((array) => resized(array, capacity));
    this.#rowPrevious = this.#rowPrevious.map((array) => resized(array, capacity));
    this.#hashNext = resized(this.#hashNext, capacity);
    const state = new Uint8Array(capacity);
    state.set(this.state.subarray(0, capacity));
    this.state = state;
    const marks = new Uint32Array(capacity);
    marks.set(this.#marks.subarray(0, capacity));
    this.#marks = marks;
  }

  #find(rows: ArrayLike<number>): number {
    let token = (this.#heads[hash(rows, this.width) & (this.#heads.length - 1)] as number) - 1;
    while (token !== END && !this.#same(token, rows)) token = this.#hashNext[token] as number;
    return token;
  }

  #same(token: number, rows: ArrayLike<number>): boolean {
    for (let p = 0; p < this.width; p += 1) if ((this.columns[p] as Int32Array)[token] !== rows[p]) return false;
    return true;
  }

  #slot(token: number): number {
    let h = 17;
    for (let p = 0; p < this.width; p += 1) h = mix(h, (this.columns[p] as Int32Array)[token] as number);
    return h & (this.#heads.length - 1);
  }

  #link(token: number): void {
    this.#linkHash(token);
    for (let p = 0; p < this.width; p += 1) {
      const row = (this.columns[p] as Int32Array)[token] as number;
      let heads = this.#rowHeads[p] as Int32Array;
      if (row >= heads.length) {
        heads = resized(heads, Math.max(row + 1, Math.ceil(heads.length * 1.5), 16));
        this.#rowHeads[p] = heads;
      }
      const first = (heads[row] as number) - 1;
      (this.#rowNext[p] as Int32Array)[token] = first;
      (this.#rowPrevious[p] as Int32Array)[token] = END;
      if (first !== END) (this.#rowPrevious[p] as Int32Array)[first] = token;
      heads[row] = token + 1;
    }
  }

  #linkHash(token: number): void {
    const slot = this.#slot(token);
    this.#hashNext[token] = (this.#heads[slot] as number) - 1;
    this.#heads[slot] = token + 1;
  }

  #unlink(token: number): void {
    const slot = this.#slot(token);
    let before = (this.#heads[slot] as number) - 1;
    if (before === token) this.#heads[slot] = (this.#hashNext[token] as number) + 1;
    else {
      while (this.#hashNext[before] !== token) before = this.#hashNext[before] as number;
      this.#hashNext[before] = this.#hashNext[token] as number;
    }
    for (let p = 0; p < this.width; p += 1) {
      const next = (this.#rowNext[p] as Int32Array)[token] as number;
      const previous = (this.#rowPrevious[p] as Int32Array)[token] as number;
      if (next !== END) (this.#rowPrevious[p] as Int32Array)[next] = previous;
      if (previous !== END) (this.#rowNext[p] as Int32Array)[previous] = next;
      else (this.#rowHeads[p] as Int32Array)[(this.columns[p] as Int32Array)[token] as number] = next + 1;
    }
  }
}

function empty(width: number): Int32Array[] {
  return Array.from({ length: width }, () => new Int32Array(0));
}

function resized(array: Int32Array, length: number): Int32Array {
  const other = new Int32Array(length);
  other.set(array.subarray(0, length));
  return other;
}

function powerOfTwo(atLeast: number): number {
  return 1 << (32 - Math.clz32(Math.max(atLeast, 16) - 1));
}

function hash(rows: ArrayLike<number>, width: number): number {
  let h = 17;
  for (let p = 0; p < width; p += 1) h = mix(h, rows[p] as number);
  return h;
}

/** One round of MurmurHash3 (Appleby, 2011), 32 bits. */
function mix(h: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let mixed = h ^ Math.imul(k, 0x1b873593);
  mixed = (mixed << 13) | (mixed >>> 19);
  return (Math.imul(mixed, 5) + 0xe6546b64) ^ (mixed >>> 16);
}
