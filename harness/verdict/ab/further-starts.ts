import { studentQuantile } from "../stats/student-t.ts";
import type { AbFigureVerdict, AbRules } from "./ab-verdict.ts";

/** Starts that anybody would wait for: an hour at 18 s each. */
const MOST = 200;

/**
 * How many more sound starts would decide every figure that is open, if its centre and spread stay what they are: the
 * interval of a comparison that was planned for so many starts and looks once, at its end. An estimate, not a promise.
 */
export function furtherStarts(
  gated: readonly AbFigureVerdict[],
  sound: number,
  rules: AbRules,
): number | "never" | undefined {
  const open = gated.flatMap(({ kind, estimate }) =>
    kind === undefined || kind === "INCONCLUSIVE" ? (estimate === undefined ? [undefined] : [estimate]) : [],
  );
  // Too few starts to know the noise: nothing can be foretold.
  const known = open.filter((one) => one !== undefined);
  if (known.length < open.length || known.length === 0) return undefined;
  const level = rules.alpha / gated.length;
  const needed = known.map(({ ratio, spread }) => {
    for (let starts = sound + 1; starts <= MOST; starts += 1) {
      if (decides(Math.log(ratio), spread, starts, level, rules)) return starts - sound;
    }
    return Number.POSITIVE_INFINITY;
  });
  const most = Math.max(...needed);
  return Number.isFinite(most) ? most : "never";
}

function decides(centre: number, spread: number, starts: number, level: number, rules: AbRules): boolean {
  if (starts < rules.minimumStarts) return false;
  const error = spread / Math.sqrt(starts);
  const margin = Math.log(1 + rules.margin);
  const half = studentQuantile(1 - level / 2, starts - 1) * error;
  const isAway = Math.abs(centre) > half && Math.abs(centre) + half > margin;
  const isInside = Math.abs(centre) + studentQuantile(1 - rules.equivalenceAlpha, starts - 1) * error < margin;
  return isAway || isInside;
}
