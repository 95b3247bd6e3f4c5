/**
 * The alpha network: what rules ask of one fact. Equal tests are one node, whoever asks; the tests on one field are
 * answered together, equality by one look-up and thresholds by one binary search, so that hundreds of rules on a few
 * fields cost little more than one. Facts are evaluated a page of rows at a time into bitmaps, or one by one when few
 * have changed.
 */
import { countBits, PAGE_WORDS, RowSet } from "../bits.ts";
import { PAGE_BITS, PAGE_ROWS } from "../columns.ts";
import { compileRegex } from "../regex.ts";
import type { Comparison, Scalar, Test } from "../rule.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { isLess, kindOf, MISSING, NUMBER, payloadOf, STRING } from "../values.ts";
import { type Atom, type AtomTest, FieldGroup, isCheap } from "./field-group.ts";
import { RuleError } from "./rule-error.ts";

/** Tests inside one another; more would be a risk for the stack. */
export const DEEPEST = 500;
/** Statistics are taken from one page in so many. */
const SAMPLE = 16;

type NodeKind = "atom" | "all" | "any" | "not" | "every";

interface AlphaNode {
  readonly index: number;
  readonly kind: NodeKind;
  readonly atom: Atom | undefined;
  /** In the order of evaluation, which statistics change. */
  readonly children: AlphaNode[];
  /** Relative cost of evaluation for one row. */
  readonly cost: number;
  /** Whether it is true of a fact without any of the tested fields. */
  readonly trueOfNothing: boolean;
  readonly words: Uint32Array;
  /** The page, or row, for which `answer`, or `truth`, were last computed. */
  pageStamp: number;
  /** `words`, or NONE. */
  answer: Uint32Array;
  rowStamp: number;
  truth: boolean;
  /** Rows looked at, and how many passed: the selectivity. */
  seen: number;
  passed: number;
}

/** A test that some rule asks as a whole. */
export interface Root {
  readonly index: number;
  readonly node: AlphaNode;
  readonly trueOfNothing: boolean;
  /** Rows for which it holds, as of the last change. */
  readonly holds: RowSet;
}

const NONE = new Uint32Array(PAGE_WORDS);

export class AlphaNetwork {
  readonly roots: Root[] = [];
  readonly #store: ArenaFactStore;
  readonly #groups = new Map<string, FieldGroup>();
  readonly #nodes: AlphaNode[] = [];
  readonly #byKey = new Map<string, AlphaNode>();
  readonly #rootOfNode = new Map<AlphaNode, Root>();
  readonly #mask = new Uint32Array(PAGE_WORDS);
  readonly #visited: number[] = [];
  #groupList: FieldGroup[] = [];
  #rootsAbove: Root[][] = [];
  #rootsTrueOfNothing: Root[] = [];
  #rootStamp: Uint32Array = new Uint32Array(0);
  #atomStamp: Uint32Array = new Uint32Array(0);
  #stamp = 0;
  #page = 0;
  #regexes = new Map<string, (text: string) => boolean>();

  constructor(store: ArenaFactStore) {
    this.#store = store;
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** Fields that any test reads. */
  get fields(): string[] {
    return [...this.#groups.keys()];
  }

  /** @throws RuleError for tests that are too deep, or for what is no test */
  root(test: Test, path: string): Root {
    const node = this.#compile(test, path, 0);
    let root = this.#rootOfNode.get(node);
    if (root === undefined) {
      root = { index: this.roots.length, node, trueOfNothing: node.trueOfNothing, holds: new RowSet() };
      this.roots.push(root);
      this.#rootOfNode.set(node, root);
    }
    return root;
  }

  /** After the last rule, before the first fact. */
  freeze(): void {
    this.#groupList = [...this.#groups.values()];
    for (const group of this.#groupList) group.freeze(this.#store);
    this.#rootsAbove = this.#nodes.map(() => []);
    for (const root of this.roots) {
      for (const atom of atomsBelow(root.node)) (this.#rootsAbove[atom.index] as Root[]).push(root);
    }
    this.#rootsTrueOfNothing = this.roots.filter((root) => root.trueOfNothing);
    this.#rootStamp = new Uint32Array(this.roots.length);
    this.#atomStamp = new Uint32Array(this.#nodes.length);
  }

  // Compilation

  #compile(test: Test, path: string, depth: number): AlphaNode {
    if (depth > DEEPEST) throw new RuleError(`${path}: tests are nested more than ${DEEPEST} deep`);
    if ("all" in test) return this.#combine("all", test.all, path, depth);
    if ("any" in test) return this.#combine("any", test.any, path, depth);
    if ("not" in test) return this.#not(this.#compile(test.not, path, depth + 1));
    if ("has" in test) return this.#atom(test.has, { kind: "has" });
    return this.#comparison(test, path);
  }

  #combine(kind: "all" | "any", tests: readonly Test[], path: string, depth: number): AlphaNode {
    const children = new Set<AlphaNode>();
    for (const test of tests) children.add(this.#compile(test, path, depth + 1));
    return this.#group(kind, [...children]);
  }

  #group(kind: "all" | "any", children: AlphaNode[]): AlphaNode {
    if (children.length === 1) return children[0] as AlphaNode;
    if (children.length === 0) {
      const every = this.#node("every", "every", [], undefined, 0, true);
      return kind === "all" ? every : this.#not(every);
    }
    children.sort((a, b) => a.cost - b.cost || a.index - b.index);
    const key = `${kind}(${children.map((child) => child.index).sort((a, b) => a - b)})`;
    const cost = children.reduce((sum, child) => sum + child.cost, 0);
    const trueOfNothing =
      kind === "all" ? children.every((child) => child.trueOfNothing) : children.some((child) => child.trueOfNothing);
    return this.#node(key, kind, children, undefined, cost, trueOfNothing);
  }

  #not(child: AlphaNode): AlphaNode {
    return this.#node(`not(${child.index})`, "not", [child], undefined, child.cost, !child.trueOfNothing);
  }

  #node(
    key: string,
    kind: NodeKind,
    children: AlphaNode[],
    atom: Atom | undefined,
    cost: number,
    trueOfNothing: boolean,
  ): AlphaNode {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const node: AlphaNode = {
      index: this.#nodes.length,
      kind,
      atom,
      children,
      cost,
      trueOfNothing,
      words: atom?.words ?? new Uint32Array(PAGE_WORDS),
      pageStamp: -1,
      answer: NONE,
      rowStamp: 0,
      truth: false,
      seen: 0,
      passed: 0,
    };
    this.#nodes.push(node);
    this.#byKey.set(key, node);
    return node;
  }

  #atom(field: string, test: AtomTest, cost = 1): AlphaNode {
    const key = `${JSON.stringify(field)} ${atomKey(test)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    let group = this.#groups.get(field);
    if (group === undefined) {
      group = new FieldGroup(this.#store.column(field));
      this.#groups.set(field, group);
    }
    const atom = group.add(test, this.#nodes.length);
    return this.#node(key, "atom", [], atom, cost, false);
  }

  #comparison({ field, operator, value }: Comparison, path: string): AlphaNode {
    switch (operator) {
      case "=":
        return this.#in(field, [value as Scalar]);
      case "!=":
        return this.#group("all", [this.#atom(field, { kind: "has" }), this.#not(this.#in(field, [value as Scalar]))]);
      case "in":
        return this.#in(field, value as readonly Scalar[]);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return this.#threshold(field, operator, value as Scalar);
      case "between": {
        const [low, high] = value as readonly [Scalar, Scalar];
        return this.#group("all", [this.#threshold(field, ">=", low), this.#threshold(field, "<=", high)]);
      }
      case "contains":
      case "startsWith":
      case "endsWith":
      case "regex":
        return this.#text(field, operator, value, path);
      default:
        throw new RuleError(`${path}: ${JSON.stringify(operator)} is no operator`);
    }
  }

  #in(field: string, values: readonly Scalar[]): AlphaNode {
    const strings = this.#store.strings;
    const seen = new Map<string, { kind: number; payload: number }>();
    for (const value of values) {
      const kind = kindOf(value);
      const payload = payloadOf(kind, value, strings);
      seen.set(`${kind}:${payload}`, { kind, payload: payload + 0 });
    }
    if (seen.size === 0) return this.#group("any", []);
    const sorted = [...seen.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#atom(field, { kind: "in", values: sorted.map(([, value]) => value) });
  }

  #threshold(field: string, operator: "<" | "<=" | ">" | ">=", value: Scalar): AlphaNode {
    const strings = this.#store.strings;
    const kind = kindOf(value);
    const payload = payloadOf(kind, value, strings);
    const strict = operator === "<" || operator === ">";
    if (kind === NUMBER && !Number.isNaN(payload)) {
      return this.#atom(field, { kind: operator[0] === ">" ? "above" : "below", value: payload, strict });
    }
    // Rare: strings and dates have an order too, and null and booleans are at least equal to themselves.
    return this.#atom(
      field,
      {
        kind: "other",
        key: `${operator} ${kind}:${payload}`,
        test: (k, p) => k === kind && compare(operator, kind, p, payload, this.#store),
      },
      3,
    );
  }

  #text(field: string, operator: "contains" | "startsWith" | "endsWith" | "regex", value: unknown, path: string) {
    if (typeof value !== "string") {
      if (operator === "regex") throw new RuleError(`${path}: a regular expression must be a string`);
      return this.#group("any", []);
    }
    const strings = this.#store.strings;
    const test = operator === "regex" ? this.#regex(value, path) : textTest(operator, value);
    return this.#atom(
      field,
      {
        kind: "other",
        key: `${operator} ${JSON.stringify(value)}`,
        test: (kind, payload) => kind === STRING && test(strings.text(payload)),
      },
      operator === "regex" ? 200 : 10,
    );
  }

  #regex(source: string, path: string): (text: string) => boolean {
    let test = this.#regexes.get(source);
    if (test !== undefined) return test;
    try {
      test = compileRegex(source);
    } catch (error) {
      throw new RuleError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    this.#regexes.set(source, test);
    return test;
  }

  // A page of rows at a time

  /**
   * Evaluates the roots over the rows `from` to `to` − 1. `take` gets, for each page, the words of each root that holds
   * somewhere in it, the page's first row and the number of rows; it must copy what it keeps.
   */
  evaluateRows(
    from: number,
    to: number,
    roots: readonly Root[],
    take: (root: Root, words: Uint32Array, base: number, count: number) => void,
  ): void {
    const last = (to - 1) >>> PAGE_BITS;
    for (let page = from >>> PAGE_BITS; page <= last && to > from; page += 1) {
      const base = page << PAGE_BITS;
      if (!this.#maskPage(page, Math.max(from - base, 0), Math.min(to - base, PAGE_ROWS))) continue;
      this.#page = page;
      this.#stamp += 1;
      const sample = page % SAMPLE === 0;
      for (const root of roots) {
        const words = this.#words(root.node);
        if (words === NONE) continue;
        const count = countBits(words);
        if (count > 0) take(root, words, base, count);
      }
      if (sample) this.#learn();
    }
  }

  /** Rows of the page that hold a fact and are in the range; false when there are none. */
  #maskPage(page: number, from: number, to: number): boolean {
    const live = this.#store.live.pages[page];
    if (live === undefined) return false;
    let any = 0;
    for (let word = 0; word < PAGE_WORDS; word += 1) {
      let bits = live[word] as number;
      const first = word << 5;
      if (first < from) bits &= from - first >= 32 ? 0 : -1 << (from - first);
      if (first + 32 > to) bits &= to <= first ? 0 : ~(-1 << (to - first));
      this.#mask[word] = bits;
      any |= bits;
    }
    return any !== 0;
  }

  /** Bits of one node for the present page, a subset of the mask. */
  #words(node: AlphaNode): Uint32Array {
    if (node.pageStamp === this.#stamp) return node.answer;
    const words = node.words;
    switch (node.kind) {
      case "atom":
        return this.#atomWords(node, this.#mask);
      case "every":
        words.set(this.#mask);
        break;
      case "not": {
        const child = this.#words(node.children[0] as AlphaNode);
        for (let i = 0; i < PAGE_WORDS; i += 1) words[i] = (this.#mask[i] as number) & ~(child[i] as number);
        break;
      }
      case "any":
        words.fill(0);
        for (const child of node.children) {
          const bits = this.#words(child);
          if (bits === NONE) continue;
          for (let i = 0; i < PAGE_WORDS; i += 1) words[i] = (words[i] as number) | (bits[i] as number);
        }
        break;
      default:
        if (!this.#allWords(node, words)) return this.#keep(node, NONE);
    }
    return this.#keep(node, words);
  }

  /** For the other rules that ask the same of this page. */
  #keep(node: AlphaNode, answer: Uint32Array): Uint32Array {
    node.pageStamp = this.#stamp;
    node.answer = answer;
    return answer;
  }

  /** Whether any row passes. Expensive children look only at the rows that are left. */
  #allWords(node: AlphaNode, words: Uint32Array): boolean {
    words.set(this.#mask);
    for (const child of node.children) {
      const bits =
        child.kind === "atom" && child.pageStamp !== this.#stamp ? this.#atomWords(child, words) : this.#words(child);
      if (bits === NONE) return false;
      let any = 0;
      for (let i = 0; i < PAGE_WORDS; i += 1) {
        const both = (words[i] as number) & (bits[i] as number);
        words[i] = both;
        any |= both;
      }
      if (any === 0) return false;
    }
    return true;
  }

  #atomWords(node: AlphaNode, among: Uint32Array): Uint32Array {
    const atom = node.atom as Atom;
    const group = atom.group;
    if (isCheap(atom)) {
      group.evaluatePage(this.#page, this.#stamp);
      return this.#keep(node, atom.stamp === this.#stamp ? this.#masked(atom) : NONE);
    }
    // Only for the rows that the cheaper tests left: other rows stay unknown, so the answer is not kept for others.
    group.evaluateOther(atom, this.#page, among);
    if (among === this.#mask) this.#keep(node, atom.words);
    if (this.#page % SAMPLE === 0) {
      node.seen += countBits(among);
      node.passed += countBits(atom.words);
    }
    return atom.words;
  }

  /** Columns have no values in free rows, but a range may begin or end inside the page. */
  #masked(atom: Atom): Uint32Array {
    const words = atom.words;
    for (let i = 0; i < PAGE_WORDS; i += 1) words[i] = (words[i] as number) & (this.#mask[i] as number);
    return words;
  }

  /** Takes the pass rates of this page, and orders the children of every `all` by what they refuse for their cost. */
  #learn(): void {
    for (const node of this.#nodes) {
      if (node.pageStamp !== this.#stamp || (node.atom !== undefined && !isCheap(node.atom))) continue;
      node.seen += PAGE_ROWS;
      node.passed += countBits(node.answer);
    }
    for (const node of this.#nodes) {
      if (node.kind === "all") node.children.sort((a, b) => rank(b) - rank(a) || a.index - b.index);
    }
  }

  // One row at a time

  /** The roots whose truth changed when fields of a row did; `holds` is brought up to date before `flipped` is called. */
  changeRow(
    row: number,
    changes: readonly { readonly field: string; readonly kind: number; readonly payload: number }[],
    flipped: (root: Root, holds: boolean) => void,
  ): void {
    const stamp = this.#nextStamp();
    const atoms = this.#visited;
    for (const { field, kind, payload } of changes) {
      const group = this.#groups.get(field);
      if (group === undefined) continue;
      atoms.length = 0;
      group.collect(kind, payload, atoms);
      const before = atoms.length;
      for (let i = 0; i < before; i += 1) this.#atomStamp[atoms[i] as number] = stamp;
      group.collect(group.column.kindAt(row), group.column.payloadAt(row), atoms);
      for (let i = before; i < atoms.length; i += 1) {
        const atom = atoms[i] as number;
        // True before and after: nothing above it can change on its account.
        this.#atomStamp[atom] = this.#atomStamp[atom] === stamp ? 0 : stamp;
      }
      for (let i = 0; i < atoms.length; i += 1) {
        const atom = atoms[i] as number;
        if (this.#atomStamp[atom] !== stamp) continue;
        this.#atomStamp[atom] = 0;
        this.#visitRoots(this.#rootsAbove[atom] as Root[], row, stamp, flipped);
      }
    }
  }

  /** For a row that is new. */
  addRow(row: number, flipped: (root: Root, holds: boolean) => void): void {
    const stamp = this.#nextStamp();
    this.#visitRoots(this.#rootsTrueOfNothing, row, stamp, flipped);
    const atoms = this.#visited;
    atoms.length = 0;
    for (const group of this.#groupList) {
      const kind = group.column.kindAt(row);
      if (kind !== MISSING) group.collect(kind, group.column.payloadAt(row), atoms);
    }
    for (let i = 0; i < atoms.length; i += 1) {
      this.#visitRoots(this.#rootsAbove[atoms[i] as number] as Root[], row, stamp, flipped);
    }
  }

  /** For a row that goes, while its values are still there. */
  removeRow(row: number, flipped: (root: Root, holds: boolean) => void): void {
    const leave = (root: Root) => {
      if (root.holds.delete(row)) flipped(root, false);
    };
    for (const root of this.#rootsTrueOfNothing) leave(root);
    const atoms = this.#visited;
    atoms.length = 0;
    for (const group of this.#groupList) {
      const kind = group.column.kindAt(row);
      if (kind !== MISSING) group.collect(kind, group.column.payloadAt(row), atoms);
    }
    for (let i = 0; i < atoms.length; i += 1) {
      for (const root of this.#rootsAbove[atoms[i] as number] as Root[]) leave(root);
    }
  }

  #visitRoots(roots: readonly Root[], row: number, stamp: number, flipped: (root: Root, holds: boolean) => void): void {
    for (const root of roots) {
      if (this.#rootStamp[root.index] === stamp) continue;
      this.#rootStamp[root.index] = stamp;
      const holds = this.#holds(root.node, row, stamp);
      if (holds ? root.holds.add(row) : root.holds.delete(row)) flipped(root, holds);
    }
  }

  #nextStamp(): number {
    this.#stamp += 1;
    return this.#stamp;
  }

  #holds(node: AlphaNode, row: number, stamp: number): boolean {
    if (node.rowStamp === stamp) return node.truth;
    let truth: boolean;
    switch (node.kind) {
      case "atom": {
        const atom = node.atom as Atom;
        truth = atom.test(atom.group.column.kindAt(row), atom.group.column.payloadAt(row));
        break;
      }
      case "every":
        truth = true;
        break;
      case "not":
        truth = !this.#holds(node.children[0] as AlphaNode, row, stamp);
        break;
      case "all":
        truth = true;
        for (const child of node.children) {
          if (!this.#holds(child, row, stamp)) {
            truth = false;
            break;
          }
        }
        break;
      default:
        truth = false;
        for (const child of node.children) {
          if (this.#holds(child, row, stamp)) {
            truth = true;
            break;
          }
        }
    }
    node.rowStamp = stamp;
    node.truth = truth;
    return truth;
  }

  /** Forgets every row. */
  clear(): void {
    for (const root of this.roots) root.holds.clear();
  }

  get bytes(): number {
    let bytes = this.#nodes.length * (PAGE_WORDS * 4 + 200);
    for (const root of this.roots) bytes += root.holds.bytes;
    return bytes;
  }
}

/** How much a test refuses for its cost: the greater, the earlier it is asked. */
function rank(node: AlphaNode): number {
  // One page's worth of doubt: an expensive test may have seen few rows, and those chosen by other tests.
  const passes = (node.passed + PAGE_ROWS / 2) / (node.seen + PAGE_ROWS);
  return (1 - passes) / node.cost;
}

function atomsBelow(root: AlphaNode): Set<AlphaNode> {
  const seen = new Set<AlphaNode>([root]);
  const atoms = new Set<AlphaNode>();
  for (const node of seen) {
    if (node.kind === "atom") atoms.add(node);
    for (const child of node.children) seen.add(child);
  }
  return atoms;
}

function atomKey(test: AtomTest): string {
  switch (test.kind) {
    case "has":
      return "has";
    case "in":
      return `in ${test.values.map(({ kind, payload }) => `${kind}:${payload}`).join(",")}`;
    case "above":
    case "below":
      return `${test.kind} ${test.value} ${test.strict}`;
    default:
      return test.key;
  }
}

function textTest(operator: "contains" | "startsWith" | "endsWith", part: string): (text: string) => boolean {
  if (operator === "contains") return (text) => text.includes(part);
  if (operator === "startsWith") return (text) => text.startsWith(part);
  return (text) => text.endsWith(part);
}

/** Order, and equality where there is no order, of two values of one kind; `a` stands on the left. */
export function compare(operator: string, kind: number, a: number, b: number, store: ArenaFactStore): boolean {
  switch (operator) {
    case "<":
      return isLess(kind, a, b, store.strings);
    case ">":
      return isLess(kind, b, a, store.strings);
    case "<=":
      return (a === b && hasOrder(kind)) || isLess(kind, a, b, store.strings);
    default:
      return (a === b && hasOrder(kind)) || isLess(kind, b, a, store.strings);
  }
}

/** Numbers, strings and dates; NaN is not even at most itself. */
function hasOrder(kind: number): boolean {
  return kind >= NUMBER;
}
