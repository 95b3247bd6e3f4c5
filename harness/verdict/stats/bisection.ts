/** Looks for the end of what holds at first, by halving: it cannot diverge, and needs no derivative. */

/** The smallest number between `low` and `high` that is not `below`, to the last bit; `high` where all others are. */
export function bisect(low: number, high: number, below: (value: number) => boolean): number {
  const middle = (low + high) / 2;
  if (middle <= low || middle >= high) return high;
  return below(middle) ? bisect(middle, high, below) : bisect(low, middle, below);
}

/** The same from 0 up, without an end: `reach` is a first guess. */
export function bisectUp(reach: number, below: (value: number) => boolean): number {
  return below(reach) ? bisectUp(2 * reach, below) : bisect(0, reach, below);
}

/** The largest rank from 1 to `most` that holds, given that none does after one that does not; 0 for none. */
export function lastWhere(most: number, holds: (rank: number) => boolean): number {
  return lastBetween(0, most + 1, holds);
}

function lastBetween(low: number, high: number, holds: (rank: number) => boolean): number {
  if (high - low <= 1) return low;
  const middle = Math.floor((low + high) / 2);
  return holds(middle) ? lastBetween(middle, high, holds) : lastBetween(low, middle, holds);
}
