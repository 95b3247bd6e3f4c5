/** All tests on one field, answered together for a page of rows or for one value. */
import { PAGE_WORDS } from "../bits.ts";
import { type Column, PAGE_ROWS } from "../columns.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { MISSING, NUMBER, STRING, samePayload } from "../values.ts";

export type AtomTest =
  | { readonly kind: "has" }
  | { readonly kind: "in"; readonly values: readonly { readonly kind: number; readonly payload: number }[] }
  /** Numbers only, not NaN: the field's value is greater, or not smaller. */
  | { readonly kind: "above"; readonly value: number; readonly strict: boolean }
  | { readonly kind: "below"; readonly value: number; readonly strict: boolean }
  /** Anything else about kind and payload. Equal keys mean equal tests. */
  | { readonly kind: "other"; readonly key: string; readonly test: (kind: number, payload: number) => boolean };

export interface Atom {
  readonly group: FieldGroup;
  /** Of its node in the network. */
  readonly index: number;
  readonly form: AtomTest;
  readonly test: (kind: number, payload: number) => boolean;
  readonly words: Uint32Array;
  /** The page for which some row passed. */
  stamp: number;
  /** Answered by itself, for the rows that other tests leave, and not along with its group. */
  isLazy: boolean;
}

interface Threshold {
  readonly value: number;
  readonly strict: boolean;
  readonly atom: Atom;
}

/**
 * A value passes half of all thresholds: with more than so many, marking each of them for every row would cost more than
 * asking each only about the rows that the other tests of its rule leave.
 */
const MOST_THRESHOLDS = 8;

/** Whether the group answers it along with its other tests. */
export function isCheap(atom: Atom): boolean {
  return !atom.isLazy;
}

export class FieldGroup {
  readonly column: Column;
  readonly #atoms: Atom[] = [];
  #stamp = -1;
  /** By number; NaN and 0 as in `Map`, which are the format's. */
  #numbers = new Map<number, Atom[]>();
  /** By the number of the string: rules intern theirs before any fact does, so the numbers are small. */
  #texts: (Atom[] | undefined)[] = [];
  /** Null, booleans and dates, by kind. */
  #rest = new Map<number, Map<number, Atom[]>>();
  /** Sorted so that the thresholds that a value passes come first. */
  #above: Threshold[] = [];
  #below: Threshold[] = [];
  #marksThresholds = false;
  #has: Atom | undefined;
  #others: Atom[] = [];
  #one: Atom | undefined;

  constructor(column: Column) {
    this.column = column;
  }

  add(form: AtomTest, index: number): Atom {
    const atom: Atom = {
      group: this,
      index,
      form,
      test: testOf(form),
      words: new Uint32Array(PAGE_WORDS),
      stamp: -1,
      isLazy: form.kind === "other",
    };
    this.#atoms.push(atom);
    return atom;
  }

  freeze(store: ArenaFactStore): void {
    this.column.makeDense();
    this.#texts = new Array<Atom[] | undefined>(store.strings.size).fill(undefined);
    const thresholds = this.#atoms.filter(({ form }) => form.kind === "above" || form.kind === "below");
    this.#marksThresholds = thresholds.length > 0 && thresholds.length <= MOST_THRESHOLDS;
    if (!this.#marksThresholds) for (const atom of thresholds) atom.isLazy = true;
    const cheap = this.#atoms.filter(isCheap);
    this.#one = cheap.length === 1 && simple(cheap[0]) ? cheap[0] : undefined;
    for (const atom of this.#atoms) this.#place(atom);
    // A value passes `>= 5` before it passes `> 5`: so the passed ones are always the first so many.
    this.#above.sort((a, b) => a.value - b.value || Number(a.strict) - Number(b.strict));
    this.#below.sort((a, b) => b.value - a.value || Number(a.strict) - Number(b.strict));
  }

  #place(atom: Atom): void {
    const form = atom.form;
    switch (form.kind) {
      case "has":
        this.#has = atom;
        break;
      case "in":
        for (const { kind, payload } of form.values) this.#bucket(kind, payload).push(atom);
        break;
      case "above":
        this.#above.push({ value: form.value, strict: form.strict, atom });
        break;
      case "below":
        this.#below.push({ value: form.value, strict: form.strict, atom });
        break;
      default:
        this.#others.push(atom);
    }
  }

  #bucket(kind: number, payload: number): Atom[] {
    if (kind === STRING) {
      const known = this.#texts[payload];
      if (known !== undefined) return known;
      const atoms: Atom[] = [];
      this.#texts[payload] = atoms;
      return atoms;
    }
    let map = this.#numbers;
    if (kind !== NUMBER) {
      map = this.#rest.get(kind) ?? new Map<number, Atom[]>();
      this.#rest.set(kind, map);
    }
    let atoms = map.get(payload);
    if (atoms === undefined) {
      atoms = [];
      map.set(payload, atoms);
    }
    return atoms;
  }

  #equal(kind: number, payload: number): Atom[] | undefined {
    if (kind === STRING) return payload < this.#texts.length ? this.#texts[payload] : undefined;
    return kind === NUMBER ? this.#numbers.get(payload) : this.#rest.get(kind)?.get(payload);
  }

  /** Sets the words of all cheap atoms that some row of the page passes, and their stamp. */
  evaluatePage(page: number, stamp: number): void {
    if (this.#stamp === stamp) return;
    this.#stamp = stamp;
    const kinds = this.column.kinds[page];
    const payloads = this.column.payloads[page];
    if (kinds === undefined || payloads === undefined) return;
    if (this.#one !== undefined) evaluateOne(this.#one, kinds, payloads, stamp);
    else this.#evaluateMany(kinds, payloads, stamp);
  }

  #evaluateMany(kinds: Uint8Array, payloads: Float64Array, stamp: number): void {
    const has = this.#has;
    const ordered = this.#marksThresholds;
    // Neighbouring rows often hold the same value: its atoms are then known.
    let lastKind = -1;
    let lastPayload = 0;
    let equal: Atom[] | undefined;
    for (let row = 0; row < PAGE_ROWS; row += 1) {
      const kind = kinds[row] as number;
      if (kind === MISSING) continue;
      const payload = payloads[row] as number;
      if (kind !== lastKind || payload !== lastPayload) {
        equal = this.#equal(kind, payload);
        lastKind = kind;
        lastPayload = payload;
      }
      if (equal !== undefined) for (let i = 0; i < equal.length; i += 1) mark(equal[i] as Atom, row, stamp);
      if (has !== undefined) mark(has, row, stamp);
      if (ordered && kind === NUMBER) {
        const above = passed(this.#above, payload, 1);
        for (let i = 0; i < above; i += 1) mark((this.#above[i] as Threshold).atom, row, stamp);
        const below = passed(this.#below, payload, -1);
        for (let i = 0; i < below; i += 1) mark((this.#below[i] as Threshold).atom, row, stamp);
      }
    }
  }

  /** Sets the atom's words for the rows in `among`. */
  evaluateOther(atom: Atom, page: number, among: Uint32Array): void {
    const words = atom.words;
    const kinds = this.column.kinds[page];
    const payloads = this.column.payloads[page];
    if (kinds === undefined || payloads === undefined) {
      words.fill(0);
      return;
    }
    let lastKind = -1;
    let lastPayload = 0;
    let truth = false;
    for (let i = 0; i < PAGE_WORDS; i += 1) {
      let left = among[i] as number;
      let bits = 0;
      while (left !== 0) {
        const lowest = left & -left;
        left ^= lowest;
        const row = (i << 5) + 31 - Math.clz32(lowest);
        const kind = kinds[row] as number;
        const payload = payloads[row] as number;
        if (kind !== lastKind || payload !== lastPayload) {
          truth = kind !== MISSING && atom.test(kind, payload);
          lastKind = kind;
          lastPayload = payload;
        }
        if (truth) bits |= lowest;
      }
      words[i] = bits;
    }
  }

  /** Adds the indexes of the atoms that a value passes. */
  collect(kind: number, payload: number, into: number[]): void {
    if (kind === MISSING) return;
    const equal = this.#equal(kind, payload);
    if (equal !== undefined) for (const atom of equal) into.push(atom.index);
    if (this.#has !== undefined) into.push(this.#has.index);
    if (kind === NUMBER) {
      const above = passed(this.#above, payload, 1);
      for (let i = 0; i < above; i += 1) into.push((this.#above[i] as Threshold).atom.index);
      const below = passed(this.#below, payload, -1);
      for (let i = 0; i < below; i += 1) into.push((this.#below[i] as Threshold).atom.index);
    }
    for (const atom of this.#others) if (atom.test(kind, payload)) into.push(atom.index);
  }
}

function simple(atom: Atom | undefined): boolean {
  const form = atom?.form;
  return form !== undefined && (form.kind !== "in" || form.values.length === 1);
}

function testOf(form: AtomTest): (kind: number, payload: number) => boolean {
  switch (form.kind) {
    case "has":
      return (kind) => kind !== MISSING;
    case "in": {
      const [first] = form.values;
      if (form.values.length === 1 && first !== undefined) {
        return (kind, payload) => kind === first.kind && samePayload(payload, first.payload);
      }
      const byKind = new Map<number, Set<number>>();
      for (const { kind, payload } of form.values) {
        byKind.set(kind, (byKind.get(kind) ?? new Set<number>()).add(payload));
      }
      return (kind, payload) => byKind.get(kind)?.has(payload) === true;
    }
    case "above":
      return form.strict
        ? (kind, payload) => kind === NUMBER && payload > form.value
        : (kind, payload) => kind === NUMBER && payload >= form.value;
    case "below":
      return form.strict
        ? (kind, payload) => kind === NUMBER && payload < form.value
        : (kind, payload) => kind === NUMBER && payload <= form.value;
    default:
      return form.test;
  }
}

function mark(atom: Atom, row: number, stamp: number): void {
  if (atom.stamp !== stamp) {
    atom.stamp = stamp;
    atom.words.fill(0);
  }
  const word = row >>> 5;
  atom.words[word] = (atom.words[word] as number) | (1 << (row & 31));
}

/** How many of the sorted thresholds the value passes: binary search. `sign` is 1 for lower bounds, −1 for upper ones. */
function passed(thresholds: readonly Threshold[], value: number, sign: 1 | -1): number {
  // biome-ignore lint/suspicious/noSelfCompare: NaN passes none
  if (value !== value) return 0;
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { value: bound, strict } = thresholds[middle] as Threshold;
    const difference = (value - bound) * sign;
    // Equal infinities have no difference.
    if (value === bound ? !strict : difference > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The loops below have one comparison each, so that the compiler can keep everything in registers. */
function evaluateOne(atom: Atom, kinds: Uint8Array, payloads: Float64Array, stamp: number): void {
  const form = atom.form;
  const words = atom.words;
  atom.stamp = stamp;
  if (form.kind === "has") {
    eachWord(words, (row) => kinds[row] !== MISSING);
  } else if (form.kind === "in") {
    const value = form.values[0] as { kind: number; payload: number };
    if (Number.isNaN(value.payload)) eachWord(words, (row) => atom.test(kinds[row] as number, payloads[row] as number));
    else equalWords(words, kinds, payloads, value.kind, value.payload);
  } else if (form.kind === "above") {
    aboveWords(words, kinds, payloads, form.value, form.strict);
  } else if (form.kind === "below") {
    belowWords(words, kinds, payloads, form.value, form.strict);
  }
}

function eachWord(words: Uint32Array, test: (row: number) => boolean): void {
  for (let word = 0; word < PAGE_WORDS; word += 1) {
    let bits = 0;
    for (let bit = 0; bit < 32; bit += 1) if (test((word << 5) + bit)) bits |= 1 << bit;
    words[word] = bits;
  }
}

function equalWords(words: Uint32Array, kinds: Uint8Array, payloads: Float64Array, kind: number, value: number): void {
  for (let word = 0; word < PAGE_WORDS; word += 1) {
    const first = word << 5;
    let bits = 0;
    for (let bit = 0; bit < 32; bit += 1) {
      if (payloads[first + bit] === value && kinds[first + bit] === kind) bits |= 1 << bit;
    }
    words[word] = bits;
  }
}

function aboveWords(words: Uint32Array, kinds: Uint8Array, payloads: Float64Array, value: number, strict: boolean) {
  for (let word = 0; word < PAGE_WORDS; word += 1) {
    const first = word << 5;
    let bits = 0;
    for (let bit = 0; bit < 32; bit += 1) {
      const payload = payloads[first + bit] as number;
      if ((payload > value || (!strict && payload === value)) && kinds[first + bit] === NUMBER) bits |= 1 << bit;
    }
    words[word] = bits;
  }
}

function belowWords(words: Uint32Array, kinds: Uint8Array, payloads: Float64Array, value: number, strict: boolean) {
  for (let word = 0; word < PAGE_WORDS; word += 1) {
    const first = word << 5;
    let bits = 0;
    for (let bit = 0; bit < 32; bit += 1) {
      const payload = payloads[first + bit] as number;
      if ((payload < value || (!strict && payload === value)) && kinds[first + bit] === NUMBER) bits |= 1 << bit;
    }
    words[word] = bits;
  }
}
