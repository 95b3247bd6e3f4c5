/**
 * Formulas of actions: `base * 1.5 + max(0, order.hours - 8)`. They are parsed once, by hand, into a tree that only
 * reads the fields it is given, so that a formula can neither hang nor reach anything outside of its facts.
 *
 *     sum     := product (("+" | "-") product)*
 *     product := signed (("*" | "/" | "%") signed)*
 *     signed  := "-"* operand
 *     operand := number | text | "(" sum ")" | function "(" sum ("," sum)* ")" | name | name "." name
 *     number  := digits, with an optional fraction and exponent
 *     text    := '…' or "…", in which \ escapes the quote and itself, and \n and \t stand for line feed and tab
 *     name    := letters, digits, "_" and "$", not beginning with a digit; any other name in backquotes
 *     function := "min" | "max" (one number or more) | "abs" | "round" | "floor" | "ceil" (one number)
 *
 * Arithmetic is that of IEEE 754 doubles on numbers. `%` has the sign of its left side, `round` goes half up (towards
 * +∞). `+` with a string on either side joins texts, a number in its shortest decimal form. Everything else has no
 * value: a missing field, null, booleans and dates as operands, a division by zero, every number that is not finite.
 * A formula with a part that has no value has none. A formula that is only a name has that field's value, of any kind.
 */
import { FormulaError, shortened, type Token, tokens } from "./formula-tokens.ts";
import type { Scalar } from "./rule.ts";

export interface Formula {
  /** Every field that is read, each once, in the order of the source. `pattern` is absent for a bare name. */
  readonly reads: readonly FormulaRead[];
  /** Undefined when the formula has no value for these facts. Never throws. −0 is given as 0. */
  evaluate(lookup: FormulaLookup): Scalar | undefined;
}

export interface FormulaRead {
  readonly pattern?: string;
  readonly field: string;
}

export type FormulaLookup = (pattern: string | undefined, field: string) => Scalar | undefined;

/** In UTF-16 code units. */
export const longestFormula = 2_000;
/** Parentheses, calls and minus signs inside one another. */
export const deepestFormula = 50;
/** In UTF-16 code units: a rule that doubles its own text ends here, not at the end of memory. */
export const longestText = 100_000;

/** @throws FormulaError */
export function parseFormula(source: string): Formula {
  if (source.length > longestFormula) {
    throw new FormulaError(`the formula has ${source.length} characters: at most ${longestFormula} are allowed`);
  }
  const parser = new Parser(tokens(source));
  const node = parser.whole();
  return {
    reads: parser.reads,
    evaluate: (lookup) => {
      const value = node(lookup);
      if (typeof value !== "number") return value;
      // Adding 0 makes 0 of −0, so that two ways to the same sum print the same.
      return Number.isFinite(value) ? value + 0 : undefined;
    },
  };
}

type Node = (lookup: FormulaLookup) => Scalar | undefined;

/** A Map, so that `constructor(1)` is an unknown function. */
const functions: ReadonlyMap<string, { readonly most: number; readonly of: (...operands: number[]) => number }> =
  new Map([
    ["min", { most: Number.POSITIVE_INFINITY, of: Math.min }],
    ["max", { most: Number.POSITIVE_INFINITY, of: Math.max }],
    ["abs", { most: 1, of: Math.abs }],
    ["round", { most: 1, of: Math.round }],
    ["floor", { most: 1, of: Math.floor }],
    ["ceil", { most: 1, of: Math.ceil }],
  ]);

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

class Parser {
  readonly reads: FormulaRead[] = [];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(all: readonly Token[]) {
    this.#tokens = all;
  }

  whole(): Node {
    const node = this.#sum();
    if (this.#peek().kind !== "end") throw this.#unexpected("an operator or the end");
    return node;
  }

  #sum(): Node {
    return this.#chain(["+", "-"], () => this.#product());
  }

  #product(): Node {
    return this.#chain(["*", "/", "%"], () => this.#signed());
  }

  /** Operands of operators of one rank, from left to right, in one node: a long sum is no deep tree. */
  #chain(signs: readonly string[], operand: () => Node): Node {
    const first = operand();
    const rest: { readonly apply: (left: Scalar, right: Scalar) => Scalar | undefined; readonly node: Node }[] = [];
    for (let sign = this.#sign(signs); sign !== undefined; sign = this.#sign(signs)) {
      rest.push({ apply: sign === "+" ? plus : numeric(sign), node: operand() });
    }
    if (rest.length === 0) return first;
    return (lookup) => {
      let value = first(lookup);
      for (const { apply, node } of rest) {
        if (value === undefined) return undefined;
        const right = node(lookup);
        if (right === undefined) return undefined;
        value = apply(value, right);
      }
      return value;
    };
  }

  #signed(): Node {
    if (this.#sign(["-"]) === undefined) return this.#operand();
    const operand = this.#deeper(() => this.#signed());
    return (lookup) => {
      const value = finite(operand(lookup));
      return value === undefined ? undefined : -value;
    };
  }

  #operand(): Node {
    const token = this.#peek();
    if (token.kind === "number" || token.kind === "text") {
      this.#next++;
      const { value } = token;
      return () => value;
    }
    if (token.kind === "name") {
      this.#next++;
      if (this.#sign(["("]) !== undefined) return this.#call(token.value, token.at);
      return this.#field(token.value);
    }
    if (this.#sign(["("]) === undefined) throw this.#unexpected("a number, a text, a field or “(”");
    const node = this.#deeper(() => this.#sum());
    this.#expect(")");
    return node;
  }

  #call(name: string, at: number): Node {
    const called = functions.get(name);
    if (called === undefined) {
      const known = [...functions.keys()].join(", ");
      throw new FormulaError(
        `unknown function “${shortened(name)}” at character ${at + 1}: the functions are ${known}`,
      );
    }
    const operands: Node[] = [];
    do operands.push(this.#deeper(() => this.#sum()));
    while (this.#sign([","]) !== undefined);
    this.#expect(")");
    if (operands.length > called.most) {
      throw new FormulaError(`${name} at character ${at + 1} takes one operand, not ${operands.length}`);
    }
    return (lookup) => {
      const numbers: number[] = [];
      for (const operand of operands) {
        const value = finite(operand(lookup));
        if (value === undefined) return undefined;
        numbers.push(value);
      }
      return called.of(...numbers);
    };
  }

  #field(first: string): Node {
    const pattern = this.#sign(["."]) === undefined ? undefined : first;
    const field = pattern === undefined ? first : this.#name();
    if (!this.reads.some((read) => read.pattern === pattern && read.field === field)) {
      this.reads.push({ field, ...(pattern === undefined ? {} : { pattern }) });
    }
    return (lookup) => lookup(pattern, field);
  }

  #name(): string {
    const token = this.#peek();
    if (token.kind !== "name") throw this.#unexpected("the name of a field");
    this.#next++;
    return token.value;
  }

  #deeper(parse: () => Node): Node {
    if (++this.#depth > deepestFormula) {
      throw new FormulaError(
        `the formula is nested more than ${deepestFormula} deep at character ${this.#peek().at + 1}`,
      );
    }
    const node = parse();
    this.#depth--;
    return node;
  }

  #sign(wanted: readonly string[]): string | undefined {
    const token = this.#peek();
    if (token.kind !== "sign" || !wanted.includes(token.value)) return undefined;
    this.#next++;
    return token.value;
  }

  #expect(sign: string): void {
    if (this.#sign([sign]) === undefined) throw this.#unexpected(`“${sign}” or an operator`);
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #unexpected(expected: string): FormulaError {
    const token = this.#peek();
    const found = token.kind === "end" ? "the end of the formula" : `“${shortened(String(token.value))}”`;
    return new FormulaError(`found ${found} at character ${token.at + 1}, expected ${expected}`);
  }
}

function finite(value: Scalar | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function numeric(sign: string): (left: Scalar, right: Scalar) => number | undefined {
  const operator = operators[sign] as (left: number, right: number) => number;
  return (left, right) => {
    const [a, b] = [finite(left), finite(right)];
    return a === undefined || b === undefined ? undefined : finite(operator(a, b));
  };
}

function plus(left: Scalar, right: Scalar): Scalar | undefined {
  if (typeof left !== "string" && typeof right !== "string") {
    const [a, b] = [finite(left), finite(right)];
    return a === undefined || b === undefined ? undefined : finite(a + b);
  }
  const [a, b] = [text(left), text(right)];
  if (a === undefined || b === undefined || a.length + b.length > longestText) return undefined;
  return a + b;
}

function text(value: Scalar): string | undefined {
  if (typeof value === "string") return value;
  const number = finite(value);
  return number === undefined ? undefined : String(number);
}
