import type { ArenaFactStore } from "../stores/arena.ts";
import { isLess, NUMBER } from "../values.ts";

/** Order, and equality where there is no order, of two values of one kind; `a` stands on the left. */
export function compare(operator: string, kind: number, a: number, b: number, store: ArenaFactStore): boolean {
  switch (operator) {
    case "<":
      return isLess(kind, a, b, store.strings);
    case ">":
      return isLess(kind, b, a, store.strings);
    case "<=":
      return (a === b && hasOrder(kind)) || isLess(kind, a, b, store.strings);
    default:
      return (a === b && hasOrder(kind)) || isLess(kind, b, a, store.strings);
  }
}

/** Numbers, strings and dates; NaN is not even at most itself. */
function hasOrder(kind: number): boolean {
  return kind >= NUMBER;
}
