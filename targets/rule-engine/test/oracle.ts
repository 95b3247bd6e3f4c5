/**
 * A second implementation of the rule format that is slow and plainly right: after every change it finds all matches of
 * all rules anew with nested loops. It shares nothing with `src/` but the types of `rule.ts`, and is written from the
 * comments there; where it and the engine differ, one of them has misread those comments.
 *
 * It parses no formulas: the test that makes a formula from a tree also gives what that tree means.
 */
import type { Action, Comparison, Fact, Operator, Pattern, Reference, Rule, Scalar, Test, Value } from "../src/rule.ts";

type Lookup = (pattern: string | undefined, field: string) => Scalar | undefined;
export type FormulaMeaning = (source: string, lookup: Lookup) => Scalar | undefined;

export interface OracleFiring {
  readonly ruleId: number;
  /** What the rule's `fact` patterns bind, in their order. */
  readonly factIds: readonly number[];
  readonly effects: readonly OracleEffect[];
}

export type OracleEffect =
  /** `fact` as the action names it. */
  | { readonly set: string; readonly fact: string | undefined; readonly to: Scalar }
  | { readonly created: number; readonly fields: ReadonlyMap<string, Scalar> }
  | { readonly emit: string; readonly with: ReadonlyMap<string, Scalar> };

export class OracleCycleError extends Error {}

/** Facts that make facts: three joined patterns over forty facts have 64,000 combinations to go through per firing. */
export class OracleTiredError extends Error {}

const mostFacts = 15;
const mostFirings = 100;

type Fields = Map<string, Scalar>;

interface Match {
  readonly rule: Rule;
  readonly ruleIndex: number;
  readonly bound: ReadonlyMap<string, number>;
  readonly numbers: ReadonlyMap<string, number>;
}

/** The name under which the one fact of a rule without patterns is bound: no pattern can be called so. */
const theOneFact = "";

export class Oracle {
  readonly #rules: readonly Rule[];
  readonly #meaning: FormulaMeaning;
  readonly #cycleLimit: number;
  readonly #facts = new Map<number, Fields>();
  #largestId = -1;
  /** Keys of matches that hold and have fired. */
  #fired = new Set<string>();

  constructor(
    rules: readonly Rule[],
    { meaning = refuse, cycleLimit = 1000 }: { readonly meaning?: FormulaMeaning; readonly cycleLimit?: number } = {},
  ) {
    this.#rules = rules;
    this.#meaning = meaning;
    this.#cycleLimit = cycleLimit;
  }

  add(fact: Fact): void {
    this.#put(fact.id, new Map(Object.entries(fact.fields)));
  }

  /** All changes at once; undefined takes a field away. */
  update(id: number, changes: Readonly<Record<string, Scalar | undefined>>): void {
    const fields: Fields = new Map(this.#fieldsOf(id));
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) fields.delete(name);
      else fields.set(name, value);
    }
    this.#put(id, fields);
  }

  retract(id: number): void {
    this.#facts.delete(id);
    this.#forgetWhatCeased();
  }

  /** In the order of their ids. */
  facts(): ReadonlyMap<number, ReadonlyMap<string, Scalar>> {
    return new Map(this.#inOrder().map((id) => [id, this.#fieldsOf(id)]));
  }

  /** Keys of all matches that hold now, whether they have fired or not. */
  holding(): readonly string[] {
    return this.#matches().map(keyOf);
  }

  /** @throws OracleCycleError, OracleTiredError */
  evaluate(): OracleFiring[] {
    const firings: OracleFiring[] = [];
    const budgets = this.#rules.map(() => this.#cycleLimit);
    for (const { ruleIndex } of this.#agenda()) budgets[ruleIndex] = (budgets[ruleIndex] ?? 0) + 1;
    for (;;) {
      const [next] = this.#agenda();
      if (next === undefined) return firings;
      const budget = budgets[next.ruleIndex] ?? 0;
      if (budget === 0) throw new OracleCycleError(next.rule.name);
      if (this.#facts.size > mostFacts || firings.length >= mostFirings) throw new OracleTiredError();
      budgets[next.ruleIndex] = budget - 1;
      this.#fired.add(keyOf(next));
      const effects = next.rule.then.flatMap((action) => this.#carryOut(action, next) ?? []);
      firings.push({ ruleId: next.rule.id, factIds: [...next.bound.values()], effects });
    }
  }

  #agenda(): Match[] {
    return this.#matches()
      .filter((match) => !this.#fired.has(keyOf(match)))
      .sort(firstToFire);
  }

  #put(id: number, fields: Fields): void {
    this.#facts.set(id, fields);
    this.#largestId = Math.max(this.#largestId, id);
    this.#forgetWhatCeased();
  }

  #forgetWhatCeased(): void {
    const holding = new Set(this.holding());
    this.#fired = new Set([...this.#fired].filter((key) => holding.has(key)));
  }

  #carryOut(action: Action, match: Match): OracleEffect | undefined {
    if ("set" in action) {
      const factId = action.fact === undefined ? onlyOne(match.bound) : match.bound.get(action.fact);
      const to = this.#valueOf(action.to, match);
      if (factId === undefined || to === undefined) return undefined;
      const fields = this.#fieldsOf(factId);
      const before = fields.get(action.set);
      if (before === undefined || !equal(before, to)) this.#put(factId, new Map(fields).set(action.set, to));
      return { set: action.set, fact: action.fact, to };
    }
    const values = "create" in action ? action.create : (action.with ?? {});
    const fields = new Map<string, Scalar>();
    for (const [name, value] of Object.entries(values)) {
      const scalar = this.#valueOf(value, match);
      if (scalar !== undefined) fields.set(name, scalar);
    }
    if ("emit" in action) return { emit: action.emit, with: fields };
    const created = this.#largestId + 1;
    this.#put(created, fields);
    return { created, fields };
  }

  #valueOf(value: Value, match: Match): Scalar | undefined {
    const lookup: Lookup = (pattern, field) => {
      if (pattern !== undefined && match.numbers.has(pattern)) {
        return field === "value" ? match.numbers.get(pattern) : undefined;
      }
      const id = pattern === undefined ? onlyOne(match.bound) : match.bound.get(pattern);
      return id === undefined ? undefined : this.#fieldsOf(id).get(field);
    };
    if ("value" in value) return value.value;
    if ("formula" in value) return this.#meaning(value.formula, lookup);
    return lookup(value.ref.pattern, value.ref.field);
  }

  #matches(): Match[] {
    return this.#rules.flatMap((rule, ruleIndex) => {
      const patterns: readonly Pattern[] = isPatterns(rule.when) ? rule.when : [{ fact: theOneFact, where: rule.when }];
      return this.#extend({ rule, ruleIndex, bound: new Map(), numbers: new Map() }, patterns);
    });
  }

  #extend(match: Match, patterns: readonly Pattern[]): Match[] {
    const [pattern, ...rest] = patterns;
    if (pattern === undefined) return [match];
    if ("fact" in pattern) {
      return this.#meeting(pattern.where, match).flatMap((id) =>
        this.#extend({ ...match, bound: new Map(match.bound).set(pattern.fact, id) }, rest),
      );
    }
    if ("exists" in pattern) return this.#meeting(pattern.exists, match).length > 0 ? this.#extend(match, rest) : [];
    if ("none" in pattern) return this.#meeting(pattern.none, match).length === 0 ? this.#extend(match, rest) : [];
    const number = this.#aggregate(pattern, match);
    if (number === undefined || !compare(number, pattern.operator, pattern.value)) return [];
    if (pattern.as === undefined) return this.#extend(match, rest);
    return this.#extend({ ...match, numbers: new Map(match.numbers).set(pattern.as, number) }, rest);
  }

  #aggregate(pattern: Extract<Pattern, { readonly aggregate: unknown }>, match: Match): number | undefined {
    const ids = this.#meeting(pattern.over, match);
    const { of } = pattern;
    if (of === undefined) return pattern.aggregate === "count" ? ids.length : undefined;
    const numbers: number[] = [];
    for (const id of ids) {
      const value = this.#fieldsOf(id).get(of);
      if (typeof value === "number" && !Number.isNaN(value)) numbers.push(value);
    }
    const sum = numbers.reduce((total, number) => total + number, 0);
    if (pattern.aggregate === "count") return numbers.length;
    if (pattern.aggregate === "sum") return sum;
    if (numbers.length === 0) return undefined;
    if (pattern.aggregate === "min") return Math.min(...numbers);
    if (pattern.aggregate === "max") return Math.max(...numbers);
    return sum / numbers.length;
  }

  /** Ids of the facts for which the test holds, in order. */
  #meeting(test: Test, match: Match): number[] {
    return this.#inOrder().filter((id) => this.#holds(test, this.#fieldsOf(id), match));
  }

  #holds(test: Test, fields: Fields, match: Match): boolean {
    if ("all" in test) return test.all.every((part) => this.#holds(part, fields, match));
    if ("any" in test) return test.any.some((part) => this.#holds(part, fields, match));
    if ("not" in test) return !this.#holds(test.not, fields, match);
    if ("has" in test) return fields.has(test.has);
    const left = fields.get(test.field);
    if (left === undefined) return false;
    const right = this.#rightSide(test, match);
    return right !== undefined && compare(left, test.operator, right);
  }

  #rightSide({ value }: Comparison, match: Match): Scalar | readonly Scalar[] | undefined {
    if (!isReference(value)) return value;
    const id = match.bound.get(value.ref.pattern);
    return id === undefined ? undefined : this.#fieldsOf(id).get(value.ref.field);
  }

  #inOrder(): number[] {
    return [...this.#facts.keys()].sort((a, b) => a - b);
  }

  #fieldsOf(id: number): Fields {
    const fields = this.#facts.get(id);
    if (fields === undefined) throw new Error(`the oracle has lost fact ${id}`);
    return fields;
  }
}

function refuse(source: string): never {
  throw new Error(`nobody has told the oracle what ${source} means`);
}

function keyOf({ ruleIndex, bound }: Match): string {
  return `${ruleIndex}:${[...bound.values()].join(",")}`;
}

function onlyOne(bound: ReadonlyMap<string, number>): number | undefined {
  return bound.size === 1 ? [...bound.values()][0] : undefined;
}

function firstToFire(a: Match, b: Match): number {
  const bySalience = (b.rule.salience ?? 0) - (a.rule.salience ?? 0);
  if (bySalience !== 0) return bySalience;
  if (a.ruleIndex !== b.ruleIndex) return a.ruleIndex - b.ruleIndex;
  const [idsOfA, idsOfB] = [[...a.bound.values()], [...b.bound.values()]];
  const differing = idsOfA.findIndex((id, index) => id !== idsOfB[index]);
  return differing === -1 ? 0 : (idsOfA[differing] ?? 0) - (idsOfB[differing] ?? 0);
}

function isPatterns(when: Test | readonly Pattern[]): when is readonly Pattern[] {
  return Array.isArray(when);
}

function isReference(value: Comparison["value"]): value is Reference {
  return typeof value === "object" && value !== null && "ref" in value;
}

function compare(left: Scalar, operator: Operator, right: Scalar | readonly Scalar[]): boolean {
  if (isList(right)) {
    if (operator === "in") return right.some((one) => equal(left, one));
    const [low, high] = right;
    return operator === "between" && atMost(low, left) && atMost(left, high);
  }
  if (operator === "=") return equal(left, right);
  if (operator === "!=") return !equal(left, right);
  if (operator === "<") return atMost(left, right) && !equal(left, right);
  if (operator === "<=") return atMost(left, right);
  if (operator === ">") return atMost(right, left) && !equal(left, right);
  if (operator === ">=") return atMost(right, left);
  if (typeof left !== "string" || typeof right !== "string") return false;
  if (operator === "contains") return left.includes(right);
  if (operator === "startsWith") return left.startsWith(right);
  if (operator === "endsWith") return left.endsWith(right);
  return operator === "regex" && new RegExp(right, "u").test(left);
}

function isList(value: Scalar | readonly Scalar[]): value is readonly Scalar[] {
  return Array.isArray(value);
}

function equal(a: Scalar, b: Scalar): boolean {
  if (a instanceof Date && b instanceof Date) return equal(a.getTime(), b.getTime());
  if (typeof a === "number" && typeof b === "number") return a === b || (Number.isNaN(a) && Number.isNaN(b));
  return a === b;
}

function atMost(a: Scalar | undefined, b: Scalar | undefined): boolean {
  if (typeof a === "number" && typeof b === "number") return a <= b;
  if (typeof a === "string" && typeof b === "string") return a <= b;
  if (a instanceof Date && b instanceof Date) return a.getTime() <= b.getTime();
  return false;
}
