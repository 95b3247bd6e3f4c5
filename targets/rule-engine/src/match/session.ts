/**
 * The running matcher: takes changes of facts, keeps the matches of all rules, and fires them.
 *
 * Facts that were added since the last evaluation are only written down; the evaluation looks at them a page at a time.
 * Every change of a fact that the matcher has seen goes through the network at once, because a match that ceases and
 * holds again fires again. Where rules ask for `exists`, `none` or an aggregate, an added fact is such a change too.
 */
import { RowList } from "../bits.ts";
import type { Column } from "../columns.ts";
import type { Rule } from "../rule.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { kindOf, MISSING, payloadOf, samePayload } from "../values.ts";
import { type Effect, effectOf, fieldsOf, NO_NUMBERS, type Numbers, type Step } from "./actions.ts";
import { NO_ENTRY, RankQueue, RuleAgenda } from "./agenda.ts";
import { AlphaNetwork, type Root } from "./alpha.ts";
import { Joiner } from "./beta.ts";
import { type CompiledRule, compileRules, type GroupPattern } from "./compile.ts";
import { cycleError } from "./cycle-error.ts";
import { orderOfRoot, orderOfTokens } from "./firing-order.ts";
import { JoinIndex } from "./join-index.ts";
import {
  bind,
  compareTokens,
  type FiringLog,
  type JoinState,
  type Outcome,
  type RootState,
  type RuleState,
  type Segment,
} from "./session-state.ts";
import { sortTokens } from "./sort-tokens.ts";
import { FIRED, PENDING, TokenTable } from "./tokens.ts";
import { writeSegment } from "./write-segment.ts";

/** What a field held before it was changed. */
export interface Before {
  readonly field: string;
  readonly kind: number;
  readonly payload: number;
}

/** A pattern of a rule that must hear of a change. */
interface Use {
  readonly state: RuleState;
  readonly join: JoinState;
  readonly root: Root;
  /** −1 for a group. */
  readonly position: number;
  readonly group: GroupPattern | undefined;
}

interface Flip {
  readonly root: Root;
  readonly holds: boolean;
}

const NO_CHANGES: readonly Before[] = [];

export class Session {
  readonly store: ArenaFactStore;
  readonly rules: readonly CompiledRule[];
  readonly #network: AlphaNetwork;
  readonly #states: RuleState[];
  /** In the order of firing. */
  readonly #byRank: RuleState[];
  readonly #roots: RootState[];
  readonly #indexes = new Map<Root, Map<Column, JoinIndex>>();
  readonly #usesOfRoot = new Map<Root, Use[]>();
  readonly #usesOfField = new Map<string, Use[]>();
  readonly #queue: RankQueue;
  readonly #transient: boolean;
  /** No rule reads what any rule writes: firings cannot set one another off. */
  readonly isStatic: boolean;
  readonly #hasGroups: boolean;
  /** Rows below it have been through the network. */
  #horizon = 0;
  #evaluated = false;
  #firing = false;
  #flips: Flip[] = [];
  #stamp = 0;

  /** `transient`: nothing is asked after the first evaluation, so nothing is kept for later. */
  constructor(rules: readonly Rule[], store: ArenaFactStore, transient = false) {
    this.store = store;
    this.#network = new AlphaNetwork(store);
    this.rules = compileRules(rules, this.#network, store);
    store.strings.pin();
    this.#network.freeze();
    this.isStatic = isStatic(this.rules, this.#network);
    this.#transient = transient && this.isStatic;
    this.#hasGroups = this.rules.some((rule) => rule.groups.length > 0);
    const indexes = { of: (root: Root, column: Column) => this.#indexOf(root, column) };
    this.#states = this.rules.map((compiled) => this.#stateOf(compiled, indexes));
    this.#byRank = [...this.#states].sort((a, b) => a.compiled.rank - b.compiled.rank);
    this.#roots = this.#rootStates();
    for (const state of this.#states) this.#registerUses(state);
    this.#queue = new RankQueue(this.rules.length);
    const joining = this.rules.filter((rule) => rule.one === undefined);
    const patterns = joining.reduce((sum, rule) => sum + rule.facts.length + rule.groups.length, 0);
    this.nodeCount = this.#network.nodeCount + patterns;
  }

  #stateOf(compiled: CompiledRule, indexes: ConstructorParameters<typeof Joiner>[1]): RuleState {
    const store = this.store;
    const one = compiled.one;
    if (one !== undefined) {
      const agenda = new RuleAgenda({
        isValid: (row) => one.holds.has(row),
        compare: (a, b) => store.idOf(a) - store.idOf(b),
      });
      return { compiled, agenda, join: undefined, budget: 0 };
    }
    const table = new TokenTable(compiled.facts.length);
    const joiner = new Joiner(compiled, indexes, store);
    const agenda = new RuleAgenda({
      isValid: (token) => table.state[token] === PENDING,
      compare: (a, b) => compareTokens(table.columns, a, b, store),
    });
    return { compiled, agenda, join: { joiner, table, truths: new Map(), pending: [], isFresh: false }, budget: 0 };
  }

  #rootStates(): RootState[] {
    const rulesOf = new Map<Root, RuleState[]>();
    const joined = new Set<Root>();
    for (const state of this.#byRank) {
      const { one, facts, groups } = state.compiled;
      if (one !== undefined) append(rulesOf, one, state);
      else {
        for (const { root, parts } of [...facts, ...groups]) {
          joined.add(root);
          for (const part of parts) joined.add(part);
        }
      }
    }
    return this.#network.roots.map((root) => {
      const rules = rulesOf.get(root) ?? [];
      const isJoined = joined.has(root);
      const keeps = isJoined || !this.#transient;
      return { root, rules, keeps, listed: rules.length > 0 || isJoined, fresh: new RowList(), pending: [] };
    });
  }

  #registerUses(state: RuleState): void {
    const { join, compiled } = state;
    if (join === undefined) return;
    for (const fact of compiled.facts) {
      const use: Use = { state, join, root: fact.root, position: fact.position, group: undefined };
      this.#register(use, [fact.root, ...fact.parts], fact.joinFields);
    }
    for (const group of compiled.groups) {
      const use: Use = { state, join, root: group.root, position: -1, group };
      const fields = new Set(group.fields);
      if (group.of !== undefined) fields.add(group.of.name);
      this.#register(use, [group.root, ...group.parts], fields);
    }
  }

  #register(use: Use, roots: readonly Root[], fields: ReadonlySet<string>): void {
    for (const root of new Set(roots)) append(this.#usesOfRoot, root, use);
    for (const field of fields) append(this.#usesOfField, field, use);
  }

  #indexOf(root: Root, column: Column): JoinIndex {
    let byColumn = this.#indexes.get(root);
    if (byColumn === undefined) {
      byColumn = new Map();
      this.#indexes.set(root, byColumn);
    }
    let index = byColumn.get(column);
    if (index === undefined) {
      index = new JoinIndex(root.holds, column);
      byColumn.set(column, index);
    }
    return index;
  }

  /** Distinct tests and combinations of them, and the patterns of joining rules. */
  readonly nodeCount: number;

  /** Matches that are held: rows for rules about one fact, tokens for others. */
  get liveTokens(): number {
    let count = 0;
    for (const { join } of this.#states) count += join?.table.live ?? 0;
    for (const { root, rules } of this.#roots) if (rules.length > 0) count += root.holds.size;
    return count;
  }

  get bytes(): number {
    let bytes = this.store.memoryBytes + this.#network.bytes;
    for (const { join } of this.#states) bytes += join?.table.bytes ?? 0;
    for (const byColumn of this.#indexes.values()) for (const index of byColumn.values()) bytes += index.bytes;
    for (const { fresh } of this.#roots) bytes += fresh.rows.byteLength;
    return bytes;
  }

  // Changes

  /** The row has just been written. */
  added(row: number): void {
    const isOld = row < this.#horizon;
    if (!isOld && !this.#firing && !this.wantsEachFact) return;
    this.#horizon = Math.max(this.#horizon, row + 1);
    this.#network.addRow(row, this.#flip);
    this.#propagate(row, NO_CHANGES, true);
  }

  /** Whether added facts must be announced one by one. */
  get wantsEachFact(): boolean {
    return this.#evaluated && this.#hasGroups;
  }

  /** Fields of the row have just been written. */
  changed(row: number, before: readonly Before[]): void {
    if (row >= this.#horizon || before.length === 0) return;
    this.#network.changeRow(row, before, this.#flip);
    this.#propagate(row, before, false);
  }

  /** The row is about to go. */
  leaving(row: number): void {
    if (row >= this.#horizon) return;
    this.#network.removeRow(row, this.#flip);
    this.#propagate(row, NO_CHANGES, false);
  }

  /** All facts have gone. */
  emptied(): void {
    this.#horizon = 0;
    this.#network.clear();
    for (const byColumn of this.#indexes.values()) for (const index of byColumn.values()) index.clear();
    for (const root of this.#roots) {
      root.fresh = new RowList();
      root.pending = [];
    }
    for (const { join } of this.#states) {
      if (join === undefined) continue;
      join.table.settle();
      join.joiner.replan();
    }
  }

  readonly #flip = (root: Root, holds: boolean): void => {
    this.#flips.push({ root, holds });
  };

  /** After the network: first the indexes, then the matches. */
  #propagate(row: number, before: readonly Before[], isNew: boolean): void {
    const flips = this.#flips;
    this.#flips = [];
    this.#maintainIndexes(row, flips, before, isNew);
    for (const { root, holds } of flips) {
      const state = this.#roots[root.index] as RootState;
      if (!holds || state.rules.length === 0) continue;
      if (!this.#firing) state.pending.push(row);
      else for (const rule of state.rules) this.#enqueue(rule, row);
    }
    const uses = new Set<Use>();
    for (const { root } of flips) for (const use of this.#usesOfRoot.get(root) ?? []) uses.add(use);
    for (const { field } of before) for (const use of this.#usesOfField.get(field) ?? []) uses.add(use);
    if (this.#evaluated || this.#firing) for (const use of uses) this.#refresh(use, row, flips, before);
  }

  #maintainIndexes(row: number, flips: readonly Flip[], before: readonly Before[], isNew: boolean): void {
    if (this.#indexes.size === 0) return;
    const roots = new Set<Root>(flips.map((flip) => flip.root));
    if (before.length > 0) for (const root of this.#indexes.keys()) roots.add(root);
    for (const root of roots) {
      const isHeld = root.holds.has(row);
      const wasHeld = !isNew && held(root, isHeld, flips);
      for (const index of this.#indexes.get(root)?.values() ?? []) {
        if (!index.built) continue;
        const change = before.find(({ field }) => field === index.column.name);
        if (isHeld === wasHeld && (change === undefined || !isHeld)) continue;
        const kind = index.column.kindAt(row);
        const payload = index.column.payloadAt(row);
        if (wasHeld) index.remove(row, change?.kind ?? kind, change?.payload ?? payload);
        if (isHeld) index.add(row, kind, payload);
      }
    }
  }

  #enqueue(state: RuleState, entry: number): void {
    state.agenda.push(entry);
    this.#queue.add(state.compiled.rank);
  }

  #queueToken(state: RuleState, join: JoinState, token: number): void {
    if (this.#firing) this.#enqueue(state, token);
    else join.pending.push(token);
  }

  // Joins: what a change of one fact means for the matches of a rule

  #refresh(use: Use, row: number, flips: readonly Flip[], before: readonly Before[]): void {
    const isHeld = use.root.holds.has(row);
    const wasHeld = held(use.root, isHeld, flips);
    if (!isHeld && !wasHeld) return;
    if (use.group === undefined) this.#reseed(use.state, use.join, use.position, row);
    else this.#refreshGroup(use, use.group, row, wasHeld, isHeld, before);
  }

  #refreshGroup(
    { state, join }: Use,
    group: GroupPattern,
    row: number,
    wasHeld: boolean,
    isHeld: boolean,
    before: readonly Before[],
  ): void {
    if (group.needs.length === 0) {
      const passes = join.joiner.groupPasses(group, new Int32Array(0));
      if (passes === join.truths.get(group)) return;
      join.truths.set(group, passes);
      this.#reseedAll(state, join);
      return;
    }
    const key = group.joins.find(({ operator }) => operator === "=");
    if (key === undefined) {
      this.#reseedAll(state, join);
      return;
    }
    const other = state.compiled.facts[key.other];
    if (other === undefined) return;
    const index = this.#indexOf(other.root, key.otherColumn);
    const change = before.find(({ field }) => field === key.ownColumn.name);
    const rows = new Set<number>();
    const kind = key.ownColumn.kindAt(row);
    const payload = key.ownColumn.payloadAt(row);
    if (isHeld) collect(index, kind, payload, rows);
    if (wasHeld) collect(index, change?.kind ?? kind, change?.payload ?? payload, rows);
    for (const otherRow of rows) this.#reseed(state, join, other.position, otherRow);
  }

  /** Brings the matches up to date that bind the row at the position. */
  #reseed(state: RuleState, join: JoinState, position: number, row: number): void {
    const { table, joiner } = join;
    const present: number[] = [];
    for (let token = table.firstWith(position, row); token >= 0; token = table.nextWith(position, token)) {
      present.push(token);
    }
    this.#stamp += 1;
    joiner.withRow(position, row, (rows) => this.#hold(state, join, rows));
    for (const token of present) if (!table.marked(token, this.#stamp)) table.release(token);
  }

  #reseedAll(state: RuleState, join: JoinState): void {
    const { table, joiner } = join;
    const present: number[] = [];
    table.each((token) => present.push(token));
    this.#stamp += 1;
    joiner.all((rows) => this.#hold(state, join, rows));
    for (const token of present) if (!table.marked(token, this.#stamp)) table.release(token);
  }

  #hold(state: RuleState, join: JoinState, rows: Int32Array): void {
    const { table } = join;
    const before = table.live;
    const token = table.insert(rows);
    table.mark(token, this.#stamp);
    if (table.live > before) this.#queueToken(state, join, token);
  }

  // Evaluation

  /** Looks at facts that are new, and fires what there is to fire. @throws CycleError */
  evaluate(cycleLimit: number): Outcome {
    this.#lookAtNewRows();
    const orders = this.#orders();
    const outcome = this.isStatic
      ? { segments: this.#fireAll(orders) }
      : { log: this.#fireOneByOne(orders, cycleLimit) };
    for (const { join } of this.#states) join?.table.settle();
    return outcome;
  }

  /** Facts that the next evaluation sees for the first time. */
  get newRows(): number {
    return this.store.rowCount - this.#horizon;
  }

  #lookAtNewRows(): void {
    const from = this.#horizon;
    const to = this.store.rowCount;
    const roots = this.#network.roots;
    this.#network.evaluateRows(from, to, roots, (root, words, base, count) => {
      const state = this.#roots[root.index] as RootState;
      if (state.listed) state.fresh.pushPage(words, base, count);
      if (state.keeps) root.holds.addPage(base >>> 12, words, count);
    });
    this.#horizon = to;
    const first = !this.#evaluated;
    this.#evaluated = true;
    if (!first && to > from) this.#indexNewRows();
    for (const state of this.#states) {
      if (state.join === undefined) continue;
      if (first) this.#joinAll(state, state.join);
      else if (to > from) this.#joinNewRows(state, state.join);
    }
  }

  #indexNewRows(): void {
    for (const [root, byColumn] of this.#indexes) {
      const rows = (this.#roots[root.index] as RootState).fresh.view();
      for (const index of byColumn.values()) {
        if (!index.built) continue;
        for (const row of rows) index.add(row, index.column.kindAt(row), index.column.payloadAt(row));
      }
    }
  }

  #joinAll(state: RuleState, join: JoinState): void {
    const width = state.compiled.facts.length;
    const lists = Array.from({ length: width }, () => new RowList());
    let count = 0;
    for (const group of state.compiled.groups) {
      if (group.needs.length === 0) join.truths.set(group, join.joiner.groupPasses(group, new Int32Array(0)));
    }
    join.joiner.all((rows) => {
      for (let p = 0; p < width; p += 1) (lists[p] as RowList).push(rows[p] as number);
      count += 1;
    });
    const columns = sortTokens(
      lists.map((list) => list.view()),
      count,
      this.store,
    );
    join.table.adopt(columns, count);
    join.isFresh = true;
  }

  /** There are no groups in the rules, or else the facts had been announced one by one. */
  #joinNewRows(state: RuleState, join: JoinState): void {
    for (const { position, root } of state.compiled.facts) {
      const rows = (this.#roots[root.index] as RootState).fresh.view();
      for (const row of rows) join.joiner.withRow(position, row, (found) => this.#hold(state, join, found));
    }
  }

  /** What each rule has to fire, in order; empty orders are left out. */
  #orders(): { state: RuleState; order: Int32Array }[] {
    const byRoot = this.#roots.map((root) => orderOfRoot(root, this.store));
    const orders: { state: RuleState; order: Int32Array }[] = [];
    for (const state of this.#byRank) {
      const { join, compiled } = state;
      const order =
        compiled.one === undefined || join !== undefined
          ? orderOfTokens(join as JoinState, this.store)
          : (byRoot[compiled.one.index] as Int32Array);
      if (order.length > 0) orders.push({ state, order });
    }
    return orders;
  }

  #fireAll(orders: readonly { state: RuleState; order: Int32Array }[]): Segment[] {
    const segments = orders.map(({ state: { compiled, join }, order }): Segment => {
      if (join !== undefined) for (const token of order) join.table.state[token] = FIRED;
      return { rule: compiled, entries: order, columns: join?.table.columns };
    });
    const numbersOf = (rule: CompiledRule, rows: Int32Array) => this.numbersOf(rule, rows);
    if (!this.#transient) for (const segment of segments) writeSegment(segment, this.store, numbersOf);
    return segments;
  }

  #fireOneByOne(orders: readonly { state: RuleState; order: Int32Array }[], cycleLimit: number): FiringLog {
    const log: FiringLog = { rules: [], rows: new RowList(), effects: [] };
    for (const state of this.#states) {
      state.budget = cycleLimit;
      state.agenda.start(new Int32Array(0));
    }
    for (const { state, order } of orders) {
      state.budget += order.length;
      state.agenda.start(order);
      this.#queue.add(state.compiled.rank);
    }
    this.#firing = true;
    try {
      for (let rank = this.#queue.first; rank >= 0; rank = this.#queue.first) {
        const state = this.#byRank[rank] as RuleState;
        const entry = state.agenda.next();
        if (entry === NO_ENTRY) {
          this.#queue.removeFirst();
          continue;
        }
        if (state.budget === 0) throw cycleError(state.compiled, log.rules, this.rules, cycleLimit);
        state.budget -= 1;
        this.#fire(state, entry, log);
      }
    } finally {
      this.#firing = false;
      this.#queue.clear();
    }
    return log;
  }

  #fire({ compiled, join }: RuleState, entry: number, log: FiringLog): void {
    const rows = new Int32Array(compiled.facts.length);
    bind(rows, entry, join?.table.columns);
    if (join !== undefined) join.table.state[entry] = FIRED;
    const actions = compiled.actions;
    const numbers = actions.usesNumbers && join !== undefined ? this.#numbers(compiled, join, rows) : NO_NUMBERS;
    const effects: Effect[] = [];
    for (const step of actions.steps) {
      const effect = this.#carryOut(step, rows, numbers);
      if (effect !== undefined) effects.push(effect);
    }
    log.rules.push(compiled);
    for (const row of rows) log.rows.push(row);
    log.effects.push(actions.constant ?? effects);
  }

  #carryOut(step: Step, rows: Int32Array, numbers: Numbers): Effect | undefined {
    if (step.kind === "create") {
      const id = this.store.largestId + 1;
      const fields = fieldsOf(step, rows, numbers);
      this.added(this.store.add({ id, fields }));
      return { created: id, fields };
    }
    const effect = effectOf(step, rows, numbers);
    if (step.kind === "emit" || effect === undefined || !("set" in effect)) return effect;
    this.#set(rows[step.position] as number, step.field, effect.to);
    return effect;
  }

  #set(row: number, field: string, value: unknown): void {
    const column = this.store.columns.get(field);
    const kind = kindOf(value);
    const payload = payloadOf(kind, value, this.store.strings);
    const before = { field, kind: column?.kindAt(row) ?? MISSING, payload: column?.payloadAt(row) ?? 0 };
    if (before.kind === kind && samePayload(before.payload, payload)) return;
    this.store.write(row, field, value as never);
    this.changed(row, [before]);
  }

  #numbers(rule: CompiledRule, join: JoinState, rows: Int32Array): Numbers {
    const numbers = new Map<string, number>();
    for (const group of rule.groups) {
      if (group.as === undefined) continue;
      const number = join.joiner.number(group, rows);
      if (number !== undefined) numbers.set(group.as, number);
    }
    return numbers;
  }

  /** Numbers of aggregates for a match of a static outcome. */
  numbersOf(rule: CompiledRule, rows: Int32Array): Numbers {
    const join = this.#byRank[rule.rank]?.join;
    return join === undefined ? NO_NUMBERS : this.#numbers(rule, join, rows);
  }
}

/** Whether no rule reads a field that a rule writes, and no rule creates facts. */
function isStatic(rules: readonly CompiledRule[], network: AlphaNetwork): boolean {
  const reads = new Set(network.fields);
  for (const rule of rules) {
    for (const field of rule.actions.reads) reads.add(field);
    for (const { joins } of [...rule.facts, ...rule.groups]) {
      for (const { ownColumn, otherColumn } of joins) reads.add(ownColumn.name).add(otherColumn.name);
    }
    for (const fact of rule.facts) for (const field of fact.joinFields) reads.add(field);
    for (const group of rule.groups) {
      for (const field of group.fields) reads.add(field);
      if (group.of !== undefined) reads.add(group.of.name);
    }
  }
  return rules.every(({ actions }) => !actions.creates && [...actions.writes].every((field) => !reads.has(field)));
}

/** Whether the row was there before the flips. */
function held(root: Root, isHeld: boolean, flips: readonly Flip[]): boolean {
  for (const flip of flips) if (flip.root === root) return !flip.holds;
  return isHeld;
}

function collect(index: JoinIndex, kind: number, payload: number, into: Set<number>): void {
  if (kind === MISSING) return;
  for (let row = index.first(kind, payload); row >= 0; row = index.after(row)) into.add(row);
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
