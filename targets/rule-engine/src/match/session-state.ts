/** What a session keeps of each rule and of each test, and what it hands out. */
import type { RowList } from "../bits.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import type { Effect } from "./actions.ts";
import type { RuleAgenda } from "./agenda.ts";
import type { Root } from "./alpha.ts";
import type { Joiner } from "./beta.ts";
import type { CompiledRule, GroupPattern } from "./compile.ts";
import type { TokenTable } from "./tokens.ts";

/** Matches of one rule that fire one after the other: rows of one fact, or tokens. */
export interface Segment {
  readonly rule: CompiledRule;
  readonly entries: Int32Array;
  /** Per pattern, rows by token; undefined where the entries are rows. */
  readonly columns: readonly Int32Array[] | undefined;
}

/** Firings one by one, for rules that read what others write. */
export interface FiringLog {
  readonly rules: CompiledRule[];
  /** Of each firing, as many rows as its rule binds. */
  readonly rows: RowList;
  readonly effects: (readonly Effect[])[];
}

export type Outcome = { readonly segments: readonly Segment[] } | { readonly log: FiringLog };

export interface RuleState {
  readonly compiled: CompiledRule;
  readonly agenda: RuleAgenda;
  /** Only of rules that join. */
  readonly join: JoinState | undefined;
  /** Firings that are left in this evaluation. */
  budget: number;
}

export interface JoinState {
  readonly joiner: Joiner;
  readonly table: TokenTable;
  /** Whether groups without references pass, as of the last change. */
  readonly truths: Map<GroupPattern, boolean>;
  /** Tokens that came to hold between two evaluations. */
  pending: number[];
  /** The first evaluation has found all tokens, in order, and nothing has changed since. */
  isFresh: boolean;
}

export interface RootState {
  readonly root: Root;
  /** Rules that ask this of one fact and nothing else. */
  readonly rules: RuleState[];
  readonly keeps: boolean;
  readonly listed: boolean;
  /** Rows of the facts that evaluation has just looked at for the first time. */
  fresh: RowList;
  /** Rows that came to hold between two evaluations. */
  pending: number[];
}

/** Writes what a match binds into `rows`. */
export function bind(rows: Int32Array, entry: number, columns: readonly Int32Array[] | undefined): void {
  if (columns === undefined) rows[0] = entry;
  else for (let p = 0; p < rows.length; p += 1) rows[p] = (columns[p] as Int32Array)[entry] as number;
}

/** Below zero: `a` fires first. By the ids of the facts that the tokens bind. */
export function compareTokens(columns: readonly Int32Array[], a: number, b: number, store: ArenaFactStore): number {
  for (const column of columns) {
    const difference = store.idOf(column[a] as number) - store.idOf(column[b] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
