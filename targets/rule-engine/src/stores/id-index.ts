/**
 * From the ids of facts to rows. Ids that lie densely are looked up in an array at their own place; ids far beyond the
 * number of facts go into a map, so that one fact with the id 2^40 does not ask for terabytes.
 */
const EMPTY = -1;

export class IdIndex {
  #direct: Int32Array<ArrayBufferLike>;
  readonly #far = new Map<number, number>();

  /** `capacity`: how many facts are expected. */
  constructor(capacity = 0) {
    this.#direct = new Int32Array(capacity).fill(EMPTY);
  }

  /** −1 where there is none. */
  get(id: number): number {
    return id < this.#direct.length ? (this.#direct[id] as number) : (this.#far.get(id) ?? EMPTY);
  }

  /** `facts`: how many there are in all. An id up to four times as large is worth a place in the array. */
  set(id: number, row: number, facts: number): void {
    if (id >= this.#direct.length) {
      if (id > facts * 4 + 1024) {
        this.#far.set(id, row);
        return;
      }
      this.#grow(Math.max(id + 1, Math.ceil(this.#direct.length * 1.5), 1024));
    }
    this.#direct[id] = row;
  }

  #grow(length: number): void {
    const grown = new Int32Array(length).fill(EMPTY);
    grown.set(this.#direct);
    this.#direct = grown;
    for (const [id, row] of this.#far) {
      if (id >= length) continue;
      grown[id] = row;
      this.#far.delete(id);
    }
  }

  delete(id: number): void {
    if (id < this.#direct.length) this.#direct[id] = EMPTY;
    else this.#far.delete(id);
  }

  clear(): void {
    this.#direct = new Int32Array(0);
    this.#far.clear();
  }

  get bytes(): number {
    return this.#direct.byteLength + this.#far.size * 40;
  }
}
