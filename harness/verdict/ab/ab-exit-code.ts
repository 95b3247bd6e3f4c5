import type { AbVerdict, AbVerdictKind } from "./ab-verdict.ts";

export function abExitCodeOf(kind: AbVerdictKind): AbVerdict["exitCode"] {
  switch (kind) {
    case "EQUIVALENT":
    case "IMPROVED":
      return 0;
    case "REGRESSED":
      return 1;
    case "INCONCLUSIVE":
      return 2;
    case "INVALID":
      return 3;
  }
}
