import type { AbVerdict, AbVerdictKind } from "./ab-verdict.ts";

const EXIT_CODES: Readonly<Record<AbVerdictKind, AbVerdict["exitCode"]>> = {
  EQUIVALENT: 0,
  IMPROVED: 0,
  REGRESSED: 1,
  INCONCLUSIVE: 2,
  INVALID: 3,
};

export function abExitCodeOf(kind: AbVerdictKind): AbVerdict["exitCode"] {
  return EXIT_CODES[kind];
}
