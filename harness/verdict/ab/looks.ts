import { sequentialLooks } from "../stats/alpha-spending.ts";
import type { AbRules } from "./ab-verdict.ts";

/**
 * The two-sided level of the look at `sound` starts, so that all looks of the plan together keep `level`. Spent evenly
 * ("pocock"): with few degrees of freedom the strict early looks of O'Brien and Fleming never end. 0 before the first
 * look. When the comparison is over, its last look has all that is left, however many starts there were to be: when it
 * ends must not depend on its figures.
 */
export function levelAt(level: number, sound: number, { minimumStarts, mostStarts, over }: AbRules): number {
  if (sound < minimumStarts) return 0;
  const last = Math.max(sound, mostStarts);
  const looks = Array.from({ length: last - minimumStarts + 1 }, (_, index) => (minimumStarts + index) / last);
  const until = sound - minimumStarts;
  const fractions = over ? [...looks.slice(0, until), 1] : looks;
  return sequentialLooks(fractions, level, "pocock")[until]?.level ?? 0;
}
