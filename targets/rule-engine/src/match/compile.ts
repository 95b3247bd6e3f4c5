/** From rules to what the engine runs: tests of one fact go to the alpha network, the others to the joins. */

import type { Column } from "../columns.ts";
import type { Aggregation, Comparison, Operator, Pattern, Reference, Rule, Test } from "../rule.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { MISSING, samePayload } from "../values.ts";
import { type CompiledAction, compileActions } from "./actions.ts";
import type { AlphaNetwork, Root } from "./alpha.ts";
import { DEEPEST } from "./alpha-compiler.ts";
import { compare } from "./compare.ts";
import { RuleError } from "./rule-error.ts";

/** A comparison of a field of one pattern with a field of an earlier one. */
export interface JoinTest {
  readonly own: number;
  readonly ownColumn: Column;
  readonly operator: Operator;
  readonly other: number;
  readonly otherColumn: Column;
}

/** A test with references inside `any` or `not`: no index helps, so it is evaluated for each candidate. */
export interface Residual {
  /** Positions of the patterns that it refers to. */
  readonly others: readonly number[];
  /** `rows` has the bound row of every position in `others`; `row` is the candidate. */
  readonly holds: (row: number, rows: Int32Array) => boolean;
}

interface Conditions {
  readonly root: Root;
  readonly joins: readonly JoinTest[];
  readonly residuals: readonly Residual[];
  /** Parts of residuals that ask about one fact alone. */
  readonly parts: readonly Root[];
  /** Fields that joins and residuals read of the candidate itself. */
  readonly fields: ReadonlySet<string>;
}

export interface FactPattern extends Conditions {
  readonly position: number;
  readonly name: string | undefined;
  /** Fields of this pattern that its own joins or those of other patterns read. */
  readonly joinFields: Set<string>;
}

export interface GroupPattern extends Conditions {
  readonly kind: "exists" | "none" | "aggregate";
  readonly aggregate: Aggregation;
  readonly of: Column | undefined;
  readonly operator: string;
  readonly value: number;
  readonly as: string | undefined;
  /** Positions that must be bound before it can be judged. */
  readonly needs: readonly number[];
}

export interface CompiledRule {
  readonly rule: Rule;
  /** Place in the order of firing: salience, then the order of the rules. */
  rank: number;
  readonly facts: readonly FactPattern[];
  readonly groups: readonly GroupPattern[];
  readonly actions: CompiledAction;
  /** Set when the rule looks at one fact and nothing else. */
  readonly one: Root | undefined;
}

/** @throws RuleError */
export function compileRules(rules: readonly Rule[], network: AlphaNetwork, store: ArenaFactStore): CompiledRule[] {
  const ids = new Set<number>();
  const compiled = rules.map((rule, index) => {
    const path = `rule ${JSON.stringify(rule.name ?? index)}`;
    if (!Number.isSafeInteger(rule.id) || rule.id < 0) {
      throw new RuleError(`${path}: the id must be an integer from 0 to 2^53 - 1`);
    }
    if (ids.has(rule.id)) throw new RuleError(`${path}: another rule has the id ${rule.id}`);
    ids.add(rule.id);
    return compileRule(rule, path, network, store);
  });
  const order = [...compiled].sort((a, b) => (b.rule.salience ?? 0) - (a.rule.salience ?? 0));
  order.forEach((rule, rank) => {
    rule.rank = rank;
  });
  return compiled;
}

function compileRule(rule: Rule, path: string, network: AlphaNetwork, store: ArenaFactStore): CompiledRule {
  const given = rule.when;
  const patterns: readonly Pattern[] = isPatterns(given) ? given : [{ fact: "", where: given }];
  const facts: FactPattern[] = [];
  const groups: GroupPattern[] = [];
  patterns.forEach((pattern, index) => {
    const compiler = new PatternCompiler(facts, `${path}, pattern ${index + 1}`, network, store);
    if ("fact" in pattern) {
      const name = isPatterns(given) ? pattern.fact : undefined;
      if (name !== undefined && facts.some((fact) => fact.name === name)) {
        throw new RuleError(`${path}: two patterns are called ${JSON.stringify(name)}`);
      }
      const conditions = compiler.conditions(pattern.where, facts.length);
      facts.push({ ...conditions, position: facts.length, name, joinFields: new Set(conditions.fields) });
    } else groups.push(compileGroup(pattern, compiler, store));
  });
  // Which of its fields does each pattern lend to others?
  for (const { joins } of [...facts, ...groups]) {
    for (const join of joins) facts[join.other]?.joinFields.add(join.otherColumn.name);
  }
  const actions = compileActions(rule, path, facts, groups, store);
  const [first] = facts;
  const one = facts.length === 1 && groups.length === 0 ? first?.root : undefined;
  return { rule, rank: 0, facts, groups, actions, one };
}

function isPatterns(when: Rule["when"]): when is readonly Pattern[] {
  return Array.isArray(when);
}

function compileGroup(
  pattern: Exclude<Pattern, { fact: string }>,
  compiler: PatternCompiler,
  store: ArenaFactStore,
): GroupPattern {
  if ("aggregate" in pattern) {
    const conditions = compiler.conditions(pattern.over, -1);
    const { aggregate, operator, value, as } = pattern;
    const of = pattern.of === undefined ? undefined : store.column(pattern.of);
    if (of === undefined && aggregate !== "count") throw new RuleError(`${compiler.path}: ${aggregate} needs "of"`);
    return { ...conditions, kind: "aggregate", aggregate, of, operator, value, as, needs: needsOf(conditions) };
  }
  const kind = "exists" in pattern ? "exists" : "none";
  const conditions = compiler.conditions("exists" in pattern ? pattern.exists : pattern.none, -1);
  const needs = needsOf(conditions);
  return { ...conditions, kind, aggregate: "count", of: undefined, operator: ">", value: 0, as: undefined, needs };
}

function needsOf({ joins, residuals }: Conditions): number[] {
  return [...new Set([...joins.map((join) => join.other), ...residuals.flatMap((residual) => residual.others)])];
}

class PatternCompiler {
  readonly path: string;
  readonly #facts: readonly FactPattern[];
  readonly #network: AlphaNetwork;
  readonly #store: ArenaFactStore;
  #fields = new Set<string>();
  #others = new Set<number>();
  readonly #parts: Root[] = [];

  constructor(facts: readonly FactPattern[], path: string, network: AlphaNetwork, store: ArenaFactStore) {
    this.#facts = facts;
    this.path = path;
    this.#network = network;
    this.#store = store;
  }

  /** `position` is −1 for a pattern that binds nothing. */
  conditions(test: Test, position: number): Conditions {
    const alpha: Test[] = [];
    const joins: JoinTest[] = [];
    const residuals: Residual[] = [];
    for (const part of conjuncts(test)) {
      if (!hasReference(part)) alpha.push(part);
      else if ("field" in part) joins.push(this.#join(part, position));
      else residuals.push(this.#residual(part));
    }
    const root = this.#network.root(alpha.length === 1 ? (alpha[0] as Test) : { all: alpha }, this.path);
    return { root, joins, residuals, parts: this.#parts, fields: this.#fields };
  }

  #join(comparison: Comparison, own: number): JoinTest {
    const { position, column } = this.#reference(comparison);
    this.#fields.add(comparison.field);
    const ownColumn = this.#store.column(comparison.field);
    return { own, ownColumn, operator: comparison.operator, other: position, otherColumn: column };
  }

  #reference({ operator, value }: Comparison): { position: number; column: Column } {
    const { pattern, field } = (value as Reference).ref;
    const position = this.#facts.findIndex((fact) => fact.name === pattern);
    if (position < 0) throw new RuleError(`${this.path}: no earlier pattern is called ${JSON.stringify(pattern)}`);
    if (!["=", "!=", "<", "<=", ">", ">="].includes(operator)) {
      throw new RuleError(`${this.path}: ${JSON.stringify(operator)} cannot compare with a field of another pattern`);
    }
    return { position, column: this.#store.column(field) };
  }

  #residual(test: Test): Residual {
    this.#others = new Set();
    const holds = this.#closure(test, 0);
    return { others: [...this.#others], holds };
  }

  #closure(test: Test, depth: number): Residual["holds"] {
    if (depth > DEEPEST) throw new RuleError(`${this.path}: tests are nested more than ${DEEPEST} deep`);
    if (!hasReference(test)) {
      const root = this.#network.root(test, this.path);
      this.#parts.push(root);
      const holds = root.holds;
      return (row) => holds.has(row);
    }
    if ("all" in test) {
      const parts = test.all.map((part) => this.#closure(part, depth + 1));
      return (row, rows) => parts.every((part) => part(row, rows));
    }
    if ("any" in test) {
      const parts = test.any.map((part) => this.#closure(part, depth + 1));
      return (row, rows) => parts.some((part) => part(row, rows));
    }
    if ("not" in test) {
      const part = this.#closure(test.not, depth + 1);
      return (row, rows) => !part(row, rows);
    }
    const comparison = test as Comparison;
    const { position, column } = this.#reference(comparison);
    this.#others.add(position);
    // A change of the other pattern's field must find its way to this rule.
    this.#facts[position]?.joinFields.add(column.name);
    this.#fields.add(comparison.field);
    const own = this.#store.column(comparison.field);
    return (row, rows) => joinHolds(comparison.operator, own, row, column, rows[position] as number, this.#store);
  }
}

/** Whether two fields of two rows compare as the operator says. */
export function joinHolds(
  operator: Operator,
  own: Column,
  row: number,
  other: Column,
  otherRow: number,
  store: ArenaFactStore,
): boolean {
  const kind = own.kindAt(row);
  const otherKind = other.kindAt(otherRow);
  if (kind === MISSING || otherKind === MISSING) return false;
  if (operator === "=") return kind === otherKind && samePayload(own.payloadAt(row), other.payloadAt(otherRow));
  if (operator === "!=") return kind !== otherKind || !samePayload(own.payloadAt(row), other.payloadAt(otherRow));
  return kind === otherKind && compare(operator, kind, own.payloadAt(row), other.payloadAt(otherRow), store);
}

/** The parts of nested `all`s. */
function conjuncts(test: Test): Test[] {
  const parts: Test[] = [];
  const open: Test[] = [test];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("all" in next) open.push(...[...next.all].reverse());
    else parts.push(next);
  }
  return parts;
}

/** Iterative: the depth of a test is checked later. */
function hasReference(test: Test): boolean {
  const open: Test[] = [test];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("all" in next) for (const part of next.all) open.push(part);
    else if ("any" in next) for (const part of next.any) open.push(part);
    else if ("not" in next) open.push(next.not);
    else if ("field" in next && isReference(next.value)) return true;
  }
  return false;
}

function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "ref" in value;
}
