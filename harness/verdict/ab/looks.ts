import type { AbRules } from "./ab-verdict.ts";

/**
 * The level of one look at `sound` starts, so that all looks together keep `level`: what a spending function allows
 * until now, less what it allowed before (Lan and DeMets, Biometrika 70 (1983)). Spent in proportion to the starts, and
 * the whole rest at the last look. By Bonferroni's inequality over the looks: somewhat less than allowed is used.
 */
export function levelAt(level: number, sound: number, rules: AbRules): number {
  const spent = (starts: number) => (starts < rules.minimumStarts ? 0 : level * Math.min(1, starts / rules.mostStarts));
  return (rules.over ? level : spent(sound)) - spent(sound - 1);
}
