/** Tokens into the order of the ids they bind, pattern by pattern. */
import type { ArenaFactStore } from "../stores/arena.ts";

/** Gives the columns in order: those given, or copies. */
export function sortTokens(columns: readonly Int32Array[], count: number, store: ArenaFactStore): Int32Array[] {
  if (columns.length === 0 || isSorted(columns, count, store)) return [...columns];
  const order = store.ascending ? byCounting(columns, count, store.rowCount) : byComparing(columns, count, store);
  return columns.map((column) => {
    const sorted = new Int32Array(count);
    for (let i = 0; i < count; i += 1) sorted[i] = column[order[i] as number] as number;
    return sorted;
  });
}

function isSorted(columns: readonly Int32Array[], count: number, store: ArenaFactStore): boolean {
  for (let i = 1; i < count; i += 1) if (compare(columns, i - 1, i, store) > 0) return false;
  return true;
}

/**
 * Rows in the order of ids: sorts by counting, last pattern first (radix sort with the least significant digit first,
 * Knuth, The Art of Computer Programming, volume 3, 5.2.5).
 */
function byCounting(columns: readonly Int32Array[], count: number, rows: number): Int32Array {
  let order = Int32Array.from({ length: count }, (_, i) => i);
  let other = new Int32Array(count);
  const places = new Int32Array(rows + 1);
  for (let p = columns.length - 1; p >= 0; p -= 1) {
    const column = columns[p] as Int32Array;
    places.fill(0);
    for (let i = 0; i < count; i += 1) {
      const row = column[i] as number;
      places[row + 1] = (places[row + 1] as number) + 1;
    }
    for (let row = 0; row < rows; row += 1) places[row + 1] = (places[row + 1] as number) + (places[row] as number);
    for (let i = 0; i < count; i += 1) {
      const token = order[i] as number;
      const row = column[token] as number;
      const place = places[row] as number;
      places[row] = place + 1;
      other[place] = token;
    }
    [order, other] = [other, order];
  }
  return order;
}

function byComparing(columns: readonly Int32Array[], count: number, store: ArenaFactStore): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(columns, a, b, store));
}

function compare(columns: readonly Int32Array[], a: number, b: number, store: ArenaFactStore): number {
  for (const column of columns) {
    const difference = store.idOf(column[a] as number) - store.idOf(column[b] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
