/**
 * Joins: finds the matches of one rule, either all of them or those with a given fact. The patterns are joined one
 * after the other, depth first, each through a hash index where an equality allows it; no partial match is stored.
 */
import type { RowSet } from "../bits.ts";
import { PAGE_BITS } from "../columns.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { MISSING, NUMBER, samePayload } from "../values.ts";
import { compare } from "./compare.ts";
import {
  type CompiledRule,
  type FactPattern,
  type GroupPattern,
  type JoinTest,
  joinHolds,
  type Residual,
} from "./compile.ts";
import type { JoinIndex } from "./join-index.ts";

/** Shared by all rules: one index for a test and a field. */
export interface Indexes {
  of(root: FactPattern["root"], column: JoinTest["ownColumn"]): JoinIndex;
}

/** How the next pattern is found. */
interface Step {
  readonly pattern: FactPattern;
  /** Undefined: all rows of the pattern are tried. */
  readonly access:
    | { readonly index: JoinIndex; readonly from: number; readonly column: JoinTest["otherColumn"] }
    | undefined;
  /** Joins between this pattern and those bound before, without the one that the index answers. */
  readonly joins: readonly JoinTest[];
  /** Residuals that can be judged now, and the position of their own pattern. */
  readonly residuals: readonly { readonly position: number; readonly residual: Residual }[];
  readonly groups: readonly GroupPattern[];
}

interface Plan {
  /** Groups that refer to nothing. */
  readonly first: readonly GroupPattern[];
  readonly steps: readonly Step[];
}

/** What a rule's joins found: the bound rows, valid during the call. */
export type Found = (rows: Int32Array) => void;

export class Joiner {
  readonly #rule: CompiledRule;
  readonly #indexes: Indexes;
  readonly #store: ArenaFactStore;
  readonly #rows: Int32Array;
  /** Plans that begin with the row of a given pattern. */
  readonly #seeded: (Plan | undefined)[];
  #plan: Plan = { first: [], steps: [] };
  #found: Found = () => {};

  constructor(rule: CompiledRule, indexes: Indexes, store: ArenaFactStore) {
    this.#rule = rule;
    this.#indexes = indexes;
    this.#store = store;
    this.#rows = new Int32Array(rule.facts.length);
    this.#seeded = rule.facts.map(() => undefined);
  }

  /** All matches, in no particular order. */
  all(found: Found): void {
    this.#plan = this.#bestPlan();
    this.#found = found;
    if (this.#passes(this.#plan.first)) this.#step(0);
  }

  /** The matches that bind the row at the position. */
  withRow(position: number, row: number, found: Found): void {
    const pattern = this.#rule.facts[position] as FactPattern;
    if (!pattern.root.holds.has(row)) return;
    let plan = this.#seeded[position];
    if (plan === undefined) {
      plan = this.#planFrom(position);
      this.#seeded[position] = plan;
    }
    this.#plan = plan;
    this.#found = found;
    if (!this.#passes(plan.first)) return;
    const [first] = plan.steps;
    if (first !== undefined) this.#try(first, 0, row);
  }

  /** Sizes have changed so much that plans should be made anew. */
  replan(): void {
    this.#seeded.fill(undefined);
  }

  #step(level: number): void {
    const step = this.#plan.steps[level];
    if (step === undefined) {
      this.#found(this.#rows);
      return;
    }
    const access = step.access;
    if (access === undefined) {
      const rows = step.pattern.root.holds.rows();
      for (let i = 0; i < rows.length; i += 1) this.#try(step, level, rows[i] as number);
      return;
    }
    const from = this.#rows[access.from] as number;
    const kind = access.column.kindAt(from);
    if (kind === MISSING) return;
    const index = access.index;
    for (let row = index.first(kind, access.column.payloadAt(from)); row >= 0; row = index.after(row)) {
      this.#try(step, level, row);
    }
  }

  #try(step: Step, level: number, row: number): void {
    this.#rows[step.pattern.position] = row;
    if (step.joins.length > 0 && !this.#joined(step.joins)) return;
    for (let i = 0; i < step.residuals.length; i += 1) {
      const { position, residual } = step.residuals[i] as Step["residuals"][number];
      if (!residual.holds(this.#rows[position] as number, this.#rows)) return;
    }
    if (step.groups.length > 0 && !this.#passes(step.groups)) return;
    this.#step(level + 1);
  }

  #joined(joins: readonly JoinTest[]): boolean {
    const rows = this.#rows;
    for (const { operator, own, ownColumn, other, otherColumn } of joins) {
      if (!joinHolds(operator, ownColumn, rows[own] as number, otherColumn, rows[other] as number, this.#store)) {
        return false;
      }
    }
    return true;
  }

  #passes(groups: readonly GroupPattern[]): boolean {
    for (let i = 0; i < groups.length; i += 1) {
      if (!this.groupPasses(groups[i] as GroupPattern, this.#rows)) return false;
    }
    return true;
  }

  groupPasses(group: GroupPattern, rows: Int32Array): boolean {
    if (group.kind === "aggregate") {
      const number = this.number(group, rows);
      return number !== undefined && comparesTo(group.operator, number, group.value, this.#store);
    }
    return this.#any(group, rows) === (group.kind === "exists");
  }

  #any(group: GroupPattern, rows: Int32Array): boolean {
    if (group.joins.length === 0 && group.residuals.length === 0) return group.root.holds.size > 0;
    const [key] = group.joins;
    if (key !== undefined && key.operator === "=" && group.joins.length === 1 && group.residuals.length === 0) {
      const other = rows[key.other] as number;
      const kind = key.otherColumn.kindAt(other);
      if (kind === MISSING) return false;
      return this.#indexes.of(group.root, key.ownColumn).first(kind, key.otherColumn.payloadAt(other)) >= 0;
    }
    let found = false;
    this.#eachOf(group, rows, () => {
      found = true;
      return true;
    });
    return found;
  }

  /** The number of an aggregate; undefined over no facts, where it has no value. */
  number(group: GroupPattern, rows: Int32Array): number | undefined {
    const of = group.of;
    if (of === undefined && group.joins.length === 0 && group.residuals.length === 0) return group.root.holds.size;
    const members: number[] = [];
    this.#eachOf(group, rows, (row) => {
      if (of === undefined || (of.kindAt(row) === NUMBER && !Number.isNaN(of.payloadAt(row)))) members.push(row);
      return false;
    });
    if (group.aggregate === "count" || of === undefined) return members.length;
    if (members.length === 0) return group.aggregate === "sum" ? 0 : undefined;
    if (group.aggregate === "min" || group.aggregate === "max") {
      let best = of.payloadAt(members[0] as number);
      for (const row of members) {
        const value = of.payloadAt(row);
        best = group.aggregate === "min" ? Math.min(best, value) : Math.max(best, value);
      }
      return best;
    }
    // Floating-point sums depend on the order; that of the ids is the one that the format promises.
    const store = this.#store;
    const isLater = (row: number, i: number) => i === 0 || store.idOf(members[i - 1] as number) < store.idOf(row);
    if (!members.every(isLater)) members.sort((a, b) => store.idOf(a) - store.idOf(b));
    let sum = 0;
    for (const row of members) sum += of.payloadAt(row);
    return group.aggregate === "sum" ? sum : sum / members.length;
  }

  /** Visits the rows of a group for a binding, until `visit` says that it has seen enough. */
  #eachOf(group: GroupPattern, rows: Int32Array, visit: (row: number) => boolean): void {
    const key = group.joins.find((join) => join.operator === "=");
    const passes = (row: number) =>
      group.joins.every(
        (join) =>
          join === key ||
          joinHolds(join.operator, join.ownColumn, row, join.otherColumn, rows[join.other] as number, this.#store),
      ) && group.residuals.every((residual) => residual.holds(row, rows));
    if (key === undefined) {
      eachRow(group.root.holds, (row) => passes(row) && visit(row));
      return;
    }
    const other = rows[key.other] as number;
    const kind = key.otherColumn.kindAt(other);
    if (kind === MISSING) return;
    const index = this.#indexes.of(group.root, key.ownColumn);
    for (let row = index.first(kind, key.otherColumn.payloadAt(other)); row >= 0; row = index.after(row)) {
      if (passes(row) && visit(row)) return;
    }
  }

  // Planning

  /**
   * The cheapest order by the present sizes: rows that are read or indexed, plus partial matches. An equality is taken
   * to be one with a key, so that a join has as many results as the larger side.
   */
  #bestPlan(): Plan {
    const facts = this.#rule.facts;
    if (facts.length === 0) return this.#planOf([]);
    let best: { cost: number; order: FactPattern[] } | undefined;
    for (const start of facts) {
      const candidate = this.#orderFrom(start);
      if (best === undefined || candidate.cost < best.cost) best = candidate;
    }
    return this.#planOf(best?.order ?? []);
  }

  #planFrom(position: number): Plan {
    return this.#planOf(this.#orderFrom(this.#rule.facts[position] as FactPattern).order);
  }

  /** Next is always the pattern that multiplies the partial matches least. */
  #orderFrom(start: FactPattern): { cost: number; order: FactPattern[] } {
    const order = [start];
    const left = this.#rule.facts.filter((fact) => fact !== start);
    let tokens = start.root.holds.size;
    let cost = tokens;
    while (left.length > 0) {
      const ranked = left
        .map((fact) => ({ fact, factor: this.#factor(fact, order) }))
        .sort((a, b) => a.factor - b.factor || a.fact.root.holds.size - b.fact.root.holds.size);
      const { fact, factor } = ranked[0] as { fact: FactPattern; factor: number };
      const key = this.#keyTo(fact, order);
      if (key !== undefined && !this.#indexes.of(fact.root, key.column).built) cost += 2 * fact.root.holds.size;
      cost += tokens * (key === undefined ? fact.root.holds.size : 1);
      tokens *= factor;
      cost += tokens;
      order.push(fact);
      left.splice(left.indexOf(fact), 1);
    }
    return { cost, order };
  }

  #factor(fact: FactPattern, bound: readonly FactPattern[]): number {
    const size = fact.root.holds.size;
    const key = this.#keyTo(fact, bound);
    if (key === undefined) return size;
    return Math.max(size / Math.max(1, (this.#rule.facts[key.from] as FactPattern).root.holds.size), 0.5);
  }

  /** An equality between the pattern and a bound one, from either side. */
  #keyTo(fact: FactPattern, bound: readonly FactPattern[]) {
    for (const join of this.#allJoins()) {
      if (join.operator !== "=") continue;
      if (join.own === fact.position && bound.some((other) => other.position === join.other)) {
        return { join, column: join.ownColumn, from: join.other, fromColumn: join.otherColumn };
      }
      if (join.other === fact.position && bound.some((other) => other.position === join.own)) {
        return { join, column: join.otherColumn, from: join.own, fromColumn: join.ownColumn };
      }
    }
    return undefined;
  }

  #allJoins(): JoinTest[] {
    return this.#rule.facts.flatMap((fact) => fact.joins);
  }

  #planOf(order: readonly FactPattern[]): Plan {
    const bound = new Set<number>();
    const isBound = (position: number) => bound.has(position);
    const open = new Set(this.#rule.groups);
    const ready = () => {
      const groups = [...open].filter((group) => group.needs.every(isBound));
      for (const group of groups) open.delete(group);
      return groups;
    };
    const first = ready();
    const joinsLeft = new Set(this.#allJoins());
    const residualsLeft = new Set(
      this.#rule.facts.flatMap((fact) => fact.residuals.map((residual) => ({ position: fact.position, residual }))),
    );
    const steps = order.map((pattern, level): Step => {
      const key = level === 0 ? undefined : this.#keyTo(pattern, order.slice(0, level));
      if (key !== undefined) joinsLeft.delete(key.join);
      bound.add(pattern.position);
      const joins = [...joinsLeft].filter((join) => isBound(join.own) && isBound(join.other));
      for (const join of joins) joinsLeft.delete(join);
      const residuals = [...residualsLeft].filter(
        ({ position, residual }) => isBound(position) && residual.others.every(isBound),
      );
      for (const residual of residuals) residualsLeft.delete(residual);
      const access =
        key === undefined
          ? undefined
          : { index: this.#indexes.of(pattern.root, key.column), from: key.from, column: key.fromColumn };
      access?.index.build();
      return { pattern, access, joins, residuals, groups: ready() };
    });
    for (const group of this.#rule.groups) {
      const key = group.joins.find((join) => join.operator === "=");
      if (key !== undefined) this.#indexes.of(group.root, key.ownColumn).build();
    }
    return { first, steps };
  }
}

/** Visits rows in ascending order until `visit` gives true. */
function eachRow(rows: RowSet, visit: (row: number) => unknown): void {
  for (let number = 0; number < rows.pages.length; number += 1) {
    const page = rows.pages[number];
    if (page === undefined) continue;
    for (let i = 0; i < page.length; i += 1) {
      let word = page[i] as number;
      const base = (number << PAGE_BITS) + (i << 5);
      while (word !== 0) {
        const lowest = word & -word;
        word ^= lowest;
        if (visit(base + 31 - Math.clz32(lowest)) === true) return;
      }
    }
  }
}

function comparesTo(operator: string, a: number, b: number, store: ArenaFactStore): boolean {
  if (operator === "=") return samePayload(a, b);
  if (operator === "!=") return !samePayload(a, b);
  return compare(operator, NUMBER, a, b, store);
}
