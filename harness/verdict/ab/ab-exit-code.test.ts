import { expect, it } from "vitest";
import { abExitCodeOf } from "./ab-exit-code.ts";
import type { AbVerdict, AbVerdictKind } from "./ab-verdict.ts";

it.each<[AbVerdictKind, AbVerdict["exitCode"]]>([
  ["EQUIVALENT", 0],
  ["IMPROVED", 0],
  ["REGRESSED", 1],
  ["INCONCLUSIVE", 2],
  ["INVALID", 3],
])("%s ends a comparison with exit %i", (kind, code) => {
  expect(abExitCodeOf(kind)).toBe(code);
});
