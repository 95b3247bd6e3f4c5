/** The order in which the matches of one rule fire: by the ids of their facts. */
import { RowList } from "../bits.ts";
import type { ArenaFactStore } from "../stores/arena.ts";
import { compareTokens, type JoinState, type RootState } from "./session-state.ts";
import { PENDING } from "./tokens.ts";

const NOTHING = new Int32Array(0);

/** Rows that the rules on one test have to fire. What was waiting is then taken. */
export function orderOfRoot(state: RootState, store: ArenaFactStore): Int32Array {
  const { root, fresh, pending } = state;
  if (fresh.length === 0 && pending.length === 0) return NOTHING;
  let order = fresh.view();
  if (state.rules.length > 0 && (pending.length > 0 || !store.ascending)) {
    const late = new Set<number>();
    for (const row of pending) if (root.holds.has(row)) late.add(row);
    // What is new and what changed are different rows.
    const both = new Int32Array(order.length + late.size);
    both.set(order);
    both.set([...late], order.length);
    order = both.sort((a, b) => store.idOf(a) - store.idOf(b));
  }
  state.fresh = new RowList();
  state.pending = [];
  return order;
}

/** As above, of tokens. */
export function orderOfTokens(join: JoinState, store: ArenaFactStore): Int32Array {
  const { table } = join;
  if (join.isFresh) {
    join.isFresh = false;
    const all = new Int32Array(table.live);
    for (let token = 0; token < all.length; token += 1) all[token] = token;
    return all;
  }
  const tokens = join.pending;
  if (tokens.length === 0) return NOTHING;
  join.pending = [];
  let isSorted = true;
  const compare = (a: number, b: number) => compareTokens(table.columns, a, b, store);
  const valid = tokens.filter((token) => table.state[token] === PENDING);
  for (let i = 1; i < valid.length && isSorted; i += 1) {
    isSorted = compare(valid[i - 1] as number, valid[i] as number) < 0;
  }
  return Int32Array.from(isSorted ? valid : [...new Set(valid)].sort(compare));
}
