/** What one rule has yet to fire, smallest ids first. */

/** Entries are rows for rules about one fact, and tokens for rules that join. */
export interface Entries {
  /** Whether it still stands for a match that holds and has not fired. */
  isValid(entry: number): boolean;
  /** Negative when `a` fires first. */
  compare(a: number, b: number): number;
}

const NOTHING = new Int32Array(0);
export const NO_ENTRY = -1;

export class RuleAgenda {
  readonly #entries: Entries;
  /** What was known when evaluation began, in order, perhaps shared with other rules. */
  #order: Int32Array = NOTHING;
  #cursor = 0;
  /** What came to hold since: a binary heap. */
  readonly #heap: number[] = [];

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  start(order: Int32Array): void {
    this.#order = order;
    this.#cursor = 0;
    this.#heap.length = 0;
  }

  push(entry: number): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#entries.compare(heap[parent] as number, entry) <= 0) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the next entry, and all others that are equal to it; NO_ENTRY when there is none. */
  next(): number {
    const entries = this.#entries;
    while (this.#cursor < this.#order.length && !entries.isValid(this.#order[this.#cursor] as number)) {
      this.#cursor += 1;
    }
    while (this.#heap.length > 0 && !entries.isValid(this.#heap[0] as number)) this.#pop();
    const fromOrder = this.#cursor < this.#order.length ? (this.#order[this.#cursor] as number) : NO_ENTRY;
    const fromHeap = this.#heap[0] ?? NO_ENTRY;
    if (fromOrder === NO_ENTRY && fromHeap === NO_ENTRY) return NO_ENTRY;
    const takeOrder = fromHeap === NO_ENTRY || (fromOrder !== NO_ENTRY && entries.compare(fromOrder, fromHeap) <= 0);
    const entry = takeOrder ? fromOrder : fromHeap;
    if (this.#order[this.#cursor] === entry) this.#cursor += 1;
    while (this.#heap[0] === entry) this.#pop();
    return entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as number;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#entries.compare(heap[child + 1] as number, heap[child] as number) < 0) {
        child += 1;
      }
      if (this.#entries.compare(last, heap[child] as number) <= 0) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = last;
  }
}

/** Numbers, smallest first, each at most once. */
export class RankQueue {
  readonly #heap: number[] = [];
  readonly #present: Uint8Array;

  constructor(size: number) {
    this.#present = new Uint8Array(size);
  }

  /** −1 when it is empty. */
  get first(): number {
    return this.#heap[0] ?? -1;
  }

  add(rank: number): void {
    if (this.#present[rank] === 1) return;
    this.#present[rank] = 1;
    const heap = this.#heap;
    let at = heap.push(rank) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if ((heap[parent] as number) <= rank) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = rank;
  }

  removeFirst(): void {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) return;
    this.#present[first] = 0;
    const last = heap.pop() as number;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
      if (last <= (heap[child] as number)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = last;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#present.fill(0);
  }
}
