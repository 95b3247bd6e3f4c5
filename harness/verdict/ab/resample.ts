import type { AbRecord, AbStart } from "../../collect/ab-record.ts";
import type { Random } from "../stats/random.ts";
import type { AbRules, AbVerdict, AbVerdictKind } from "./ab-verdict.ts";
import { decideAb } from "./decide-ab.ts";

/** How often each verdict came. */
export type VerdictCounts = Readonly<Record<AbVerdictKind, number>>;

/**
 * What comparisons would have said that met other starts of the same kind: each draws its starts with replacement from
 * all that were measured, whole, for the start is the unit of evidence (Efron and Tibshirani, An Introduction to the
 * Bootstrap (1993), 8.3), and looks at them one after the other as the drive does.
 */
export function resampleVerdicts(
  record: AbRecord,
  rules: AbRules,
  { count, random }: { readonly count: number; readonly random: Random },
): VerdictCounts {
  const counts: Record<AbVerdictKind, number> = {
    REGRESSED: 0,
    IMPROVED: 0,
    EQUIVALENT: 0,
    INCONCLUSIVE: 0,
    INVALID: 0,
  };
  for (let verdict = 0; verdict < count; verdict += 1) {
    counts[decideInTurn(record, rules, random).kind] += 1;
  }
  return counts;
}

function decideInTurn(record: AbRecord, rules: AbRules, random: Random): AbVerdict {
  const starts: AbStart[] = [];
  for (;;) {
    const drawn = record.starts[Math.floor(random() * record.starts.length)];
    // Nothing was measured, and so there is nothing to draw.
    if (drawn === undefined) return decideAb(record, rules);
    // Numbered anew: the same start may be there twice.
    starts.push({ ...drawn, index: starts.length });
    // Nothing is decided before the first look, except that the instrument was unsound or that answers fail.
    const verdict = decideAb({ ...record, starts }, rules);
    if (verdict.next === "stop") return verdict;
  }
}
