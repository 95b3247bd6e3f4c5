/** Looks for the end of what holds at first, by halving: it cannot diverge, and needs no derivative. */

/** The smallest number between `low` and `high` that is not `below`, to the last bit; `high` where all others are. */
export function bisect(low: number, high: number, below: (value: number) => boolean): number {
  let [from, to] = [low, high];
  for (;;) {
    const middle = (from + to) / 2;
    if (middle <= from || middle >= to) return to;
    if (below(middle)) from = middle;
    else to = middle;
  }
}

/** The largest rank from 1 to `most` that holds, given that none does after one that does not; 0 for none. */
export function lastWhere(most: number, holds: (rank: number) => boolean): number {
  let [low, high] = [0, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
