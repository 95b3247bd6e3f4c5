import { countNeeded } from "../stats/power.ts";
import type { AbEstimate, AbFigureVerdict, AbRules } from "./ab-verdict.ts";
import { sparedStarts } from "./spared.ts";

/** Starts that anybody would wait for: an hour at 18 s each. */
const MOST = 200;

/**
 * How many more sound starts would decide every figure that is open, in four of five comparisons whose true change and
 * noise are what they look like now, at the levels of this look. An estimate, not a promise. Undefined before the first
 * look, when the noise is hardly known.
 */
export function furtherStarts(
  gated: readonly AbFigureVerdict[],
  sound: number,
  rules: AbRules,
): number | "never" | undefined {
  if (sound < rules.minimumStarts) return undefined;
  const open = gated.filter(({ kind }) => kind === undefined || kind === "INCONCLUSIVE");
  if (open.length === 0) return undefined;
  const needed = open.map((figure) =>
    // Starts that head is to be held to do not go away by more of them.
    figure.estimate === undefined || sparedStarts(figure) > 0 ? undefined : neededFor(figure.estimate, rules),
  );
  const known = needed.filter((starts) => starts !== undefined);
  return known.length < needed.length ? "never" : Math.max(1, ...known.map((starts) => starts - sound));
}

/** Whichever comes first: the interval leaves 0, or the other one fits inside the margin. */
function neededFor({ ratio, spread, interval, equivalence }: AbEstimate, { margin }: AbRules): number | undefined {
  const change = Math.abs(Math.log(ratio));
  const room = Math.log(1 + margin) - change;
  const away = countNeeded({ sd: spread, alpha: 1 - interval.confidence }, change, MOST);
  const inside = room > 0 ? countNeeded({ sd: spread, alpha: 1 - equivalence.confidence }, room, MOST) : undefined;
  const counts = [away, inside].filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : Math.min(...counts);
}
