/**
 * The rule engine's public face. `evaluate` answers one request and keeps nothing; `createEngine` keeps facts and
 * matches, so that a change costs what it changes.
 */

import { type Effect, effectOf } from "./match/actions.ts";
import type { CompiledRule } from "./match/compile.ts";
import { type Before, Session } from "./match/session.ts";
import { bind, type Outcome, type Segment } from "./match/session-state.ts";
import type { Fact, Rule, Scalar } from "./rule.ts";
import { ArenaFactStore } from "./stores/arena.ts";
import { type Changes, FactError } from "./stores/store.ts";
import { kindOf, MISSING, payloadOf, samePayload } from "./values.ts";

export interface EngineOptions {
  /** How many facts are expected. Default 0. */
  readonly capacity?: number;
  /**
   * How often a rule may fire in one evaluation beyond the matches that it had at the beginning. Default 1,000,000:
   * a second or two of rules that set one another off.
   */
  readonly cycleLimit?: number;
}

export interface EngineStats {
  readonly ruleCount: number;
  readonly factCount: number;
  /** Nodes of the compiled network: distinct tests, combinations of them, and patterns of joining rules. */
  readonly nodeCount: number;
  /** Facts, indexes and matches, from what has been allocated. */
  readonly memoryUsageBytes: number;
  /** Matches that are held. */
  readonly liveTokens: number;
}

export interface ProcessingMetrics {
  readonly evaluationTimeMs: number;
  /** Facts that the evaluation looked at for the first time, or that have changed since the last one. */
  readonly factsProcessed: number;
  readonly rulesFired: number;
  /** The largest `memoryUsageBytes` so far. */
  readonly memoryPeakBytes: number;
}

/** One match that fired. */
export class Firing {
  readonly ruleId: number;
  /** The first fact that the rule binds; undefined for a rule that binds none. */
  readonly factId: number | undefined;
  /** What its actions did, in order. */
  readonly effects: readonly Effect[];
  readonly #factIds: readonly number[] | undefined;

  constructor(ruleId: number, factId: number | undefined, effects: readonly Effect[], factIds?: readonly number[]) {
    this.ruleId = ruleId;
    this.factId = factId;
    this.effects = effects;
    this.#factIds = factIds;
  }

  /** Every fact that the rule binds, in the order of its patterns. */
  get factIds(): readonly number[] {
    return this.#factIds ?? (this.factId === undefined ? [] : [this.factId]);
  }
}

/** The firings of one evaluation, in order. They are read out of the engine, so they must be read before it changes. */
export interface Results extends Iterable<Firing> {
  readonly length: number;
}

export interface Evaluation {
  readonly results: Results;
  readonly engineStats: EngineStats;
  readonly processingMetrics: ProcessingMetrics;
}

export interface Engine {
  /** @throws FactError for a bad or present id, or a value that is no scalar */
  add(fact: Fact): void;
  /**
   * As `add` for each: the way for many. When one is refused, some of the others may have been added.
   * @throws FactError
   */
  addAll(facts: readonly Fact[]): void;
  /** Changes fields of a fact, all at once; undefined takes a field away. @throws FactError */
  update(id: number, changes: Changes): void;
  /** Whether there was such a fact. */
  retract(id: number): boolean;
  get(id: number): Fact | undefined;
  /** Ids of all facts, in ascending order. */
  ids(): Float64Array;
  /** Fires all matches that hold and have not fired. @throws CycleError, after which the engine is of no more use */
  evaluate(): Evaluation;
  stats(): EngineStats;
}

const CYCLE_LIMIT = 1_000_000;

/** @throws RuleError for rules that cannot be run */
export function createEngine(rules: readonly Rule[], options: EngineOptions = {}): Engine {
  const store = new ArenaFactStore({ capacity: options.capacity ?? 0 });
  return new ColumnEngine(new Session(rules, store), options.cycleLimit ?? CYCLE_LIMIT);
}

/**
 * One evaluation from nothing. Only the fields that rules read are looked at.
 * @throws RuleError, FactError, CycleError
 */
export function evaluate(rules: readonly Rule[], facts: readonly Fact[], options: EngineOptions = {}): Evaluation {
  const start = performance.now();
  const store = new ArenaFactStore({ capacity: facts.length, onlyKnown: true });
  const engine = new ColumnEngine(new Session(rules, store, true), options.cycleLimit ?? CYCLE_LIMIT);
  engine.addAll(facts);
  return engine.evaluate(start);
}

class ColumnEngine implements Engine {
  readonly #session: Session;
  readonly #store: ArenaFactStore;
  readonly #cycleLimit: number;
  #changes = 0;
  #version = 0;
  #peak = 0;
  #broken: unknown;

  constructor(session: Session, cycleLimit: number) {
    this.#session = session;
    this.#store = session.store;
    this.#cycleLimit = cycleLimit;
  }

  add(fact: Fact): void {
    const row = this.#store.add(fact);
    this.#version += 1;
    this.#session.added(row);
  }

  addAll(facts: readonly Fact[]): void {
    this.#version += 1;
    if (this.#session.wantsEachFact || this.#store.hasFreeRows) for (const fact of facts) this.add(fact);
    else this.#store.addAll(facts);
  }

  update(id: number, changes: Changes): void {
    const store = this.#store;
    const row = store.checkChanges(id, changes);
    const before: Before[] = [];
    for (const field of Object.keys(changes)) {
      const value = changes[field];
      const kind = kindOf(value);
      const payload = payloadOf(kind, value, store.strings);
      const column = store.columns.get(field);
      const oldKind = column?.kindAt(row) ?? MISSING;
      const oldPayload = column?.payloadAt(row) ?? 0;
      if (kind === oldKind && (kind === MISSING || samePayload(payload, oldPayload))) continue;
      before.push({ field, kind: oldKind, payload: oldPayload });
      store.write(row, field, value);
    }
    this.#version += 1;
    this.#changes += 1;
    this.#session.changed(row, before);
  }

  retract(id: number): boolean {
    const row = this.#store.rowOf(id);
    if (row < 0) return false;
    this.#version += 1;
    this.#session.leaving(row);
    this.#store.retractRow(row);
    if (this.#store.size === 0) this.#session.emptied();
    return true;
  }

  get(id: number): Fact | undefined {
    return this.#store.get(id);
  }

  ids(): Float64Array {
    return this.#store.ids();
  }

  evaluate(start = performance.now()): Evaluation {
    if (this.#broken !== undefined) throw this.#broken;
    const factsProcessed = this.#session.newRows + this.#changes;
    this.#changes = 0;
    this.#version += 1;
    const outcome = this.#outcome();
    const results = this.#results(outcome);
    const evaluationTimeMs = performance.now() - start;
    const engineStats = this.stats();
    return {
      results,
      engineStats,
      processingMetrics: {
        evaluationTimeMs,
        factsProcessed,
        rulesFired: results.length,
        memoryPeakBytes: this.#peak,
      },
    };
  }

  #outcome(): Outcome {
    try {
      return this.#session.evaluate(this.#cycleLimit);
    } catch (error) {
      // Some firings have taken effect and others have not: no later answer could be trusted.
      this.#broken = error;
      throw error;
    }
  }

  #results(outcome: Outcome): Results {
    const version = this.#version;
    const check = () => {
      if (this.#version !== version) throw new FactError("results must be read before the engine's next change");
    };
    if ("segments" in outcome) return new SegmentResults(outcome.segments, this.#session, check);
    const { rules, rows, effects } = outcome.log;
    const store = this.#store;
    let at = 0;
    // The log is complete and small beside the work that made it, so ids are looked up at once.
    const firings = rules.map((compiled, i) => {
      const factIds: number[] = [];
      for (let p = 0; p < compiled.facts.length; p += 1) factIds.push(store.idOf(rows.rows[at + p] as number));
      at += compiled.facts.length;
      return new Firing(compiled.rule.id, factIds[0], effects[i] as readonly Effect[], factIds);
    });
    return firings;
  }

  stats(): EngineStats {
    const memoryUsageBytes = this.#session.bytes;
    this.#peak = Math.max(this.#peak, memoryUsageBytes);
    return {
      ruleCount: this.#session.rules.length,
      factCount: this.#store.size,
      nodeCount: this.#session.nodeCount,
      memoryUsageBytes,
      liveTokens: this.#session.liveTokens,
    };
  }
}

/** Firings that are made while they are read: nothing is allocated for those that are only counted. */
class SegmentResults implements Results {
  readonly length: number;
  readonly #segments: readonly Segment[];
  readonly #session: Session;
  readonly #check: () => void;

  constructor(segments: readonly Segment[], session: Session, check: () => void) {
    this.#segments = segments;
    this.#session = session;
    this.#check = check;
    this.length = segments.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  *[Symbol.iterator](): Generator<Firing> {
    const ids = this.#session.store;
    for (const { rule, entries, columns } of this.#segments) {
      const ruleId = rule.rule.id;
      const constant = rule.actions.constant;
      for (let i = 0; i < entries.length; i += 1) {
        this.#check();
        const entry = entries[i] as number;
        if (columns === undefined && constant !== undefined) yield new Firing(ruleId, ids.idOf(entry), constant);
        else yield this.#firing(rule, entry, columns);
      }
    }
  }

  #firing(rule: CompiledRule, entry: number, columns: readonly Int32Array[] | undefined): Firing {
    const store = this.#session.store;
    // Of the right length at once: an array that grows by pushing takes room for 17.
    const factIds = new Array<number>(columns?.length ?? 1);
    if (columns === undefined) factIds[0] = store.idOf(entry);
    else {
      for (let p = 0; p < columns.length; p += 1) {
        factIds[p] = store.idOf((columns[p] as Int32Array)[entry] as number);
      }
    }
    const effects = rule.actions.constant ?? this.#effects(rule, entry, columns);
    return new Firing(rule.rule.id, factIds[0], effects, factIds);
  }

  #effects(rule: CompiledRule, entry: number, columns: readonly Int32Array[] | undefined): Effect[] {
    const rows = new Int32Array(rule.facts.length);
    bind(rows, entry, columns);
    const numbers = this.#session.numbersOf(rule, rows);
    return rule.actions.steps.flatMap((step) => effectOf(step, rows, numbers) ?? []);
  }
}

export type { Changes, Effect, Fact, Rule, Scalar };
