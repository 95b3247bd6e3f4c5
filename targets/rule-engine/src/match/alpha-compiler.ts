/**
 * From the tests of rules to the nodes of the alpha network. Equal tests become one node, whoever asks: a node is known
 * by its key, and the tests of one field are in one group.
 */
import { PAGE_WORDS } from "../bits.ts";
import { compileRegex } from "../regex.ts";
import type { Comparison, Scalar, Test } from "../rule.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { kindOf, NUMBER, payloadOf, STRING } from "../values.ts";
import { compare } from "./compare.ts";
import { type Atom, type AtomTest, FieldGroup } from "./field-group.ts";
import { RuleError } from "./rule-error.ts";

/** Tests inside one another; more would be a risk for the stack. */
export const DEEPEST = 500;
type NodeKind = "atom" | "all" | "any" | "not" | "every";

export interface AlphaNode {
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

/** The answer of a page in which no row passes. */
export const NONE = new Uint32Array(PAGE_WORDS);

export class AlphaCompiler {
  readonly nodes: AlphaNode[] = [];
  /** By field. */
  readonly groups = new Map<string, FieldGroup>();
  readonly #store: ArenaFactStore;
  readonly #byKey = new Map<string, AlphaNode>();
  readonly #regexes = new Map<string, (text: string) => boolean>();

  constructor(store: ArenaFactStore) {
    this.#store = store;
  }

  /** @throws RuleError for tests that are too deep, or for what is no test */
  compile(test: Test, path: string, depth = 0): AlphaNode {
    if (depth > DEEPEST) throw new RuleError(`${path}: tests are nested more than ${DEEPEST} deep`);
    if ("all" in test) return this.#combine("all", test.all, path, depth);
    if ("any" in test) return this.#combine("any", test.any, path, depth);
    if ("not" in test) return this.#not(this.compile(test.not, path, depth + 1));
    if ("has" in test) return this.#atom(test.has, { kind: "has" });
    return this.#comparison(test, path);
  }

  #combine(kind: "all" | "any", tests: readonly Test[], path: string, depth: number): AlphaNode {
    const children = new Set<AlphaNode>();
    for (const test of tests) children.add(this.compile(test, path, depth + 1));
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
      index: this.nodes.length,
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
    this.nodes.push(node);
    this.#byKey.set(key, node);
    return node;
  }

  #atom(field: string, test: AtomTest, cost = 1): AlphaNode {
    const key = `${JSON.stringify(field)} ${atomKey(test)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    let group = this.groups.get(field);
    if (group === undefined) {
      group = new FieldGroup(this.#store.column(field));
      this.groups.set(field, group);
    }
    const atom = group.add(test, this.nodes.length);
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
