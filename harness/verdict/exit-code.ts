import type { GroupComparison, GroupVerdict } from "./compare-groups.ts";
import type { Reason, Verdict, VerdictKind } from "./verdict.ts";

// Not tables beside the functions: what is made while a file is loaded is no part of `npm run mutation`.

export function exitCodeOf(kind: VerdictKind): Verdict["exitCode"] {
  switch (kind) {
    case "PASS":
      return 0;
    case "FAIL":
      return 1;
    case "INCONCLUSIVE":
      return 2;
    case "INVALID":
      return 3;
  }
}

/** The first that occurs wins: an invalid run says nothing about budgets, and a failure outweighs a doubt. Warnings pass. */
export function worst(kinds: readonly Reason["kind"][]): VerdictKind {
  const precedence: readonly VerdictKind[] = ["INVALID", "FAIL", "INCONCLUSIVE"];
  return precedence.find((kind) => kinds.includes(kind)) ?? "PASS";
}

/** Of two groups of runs. */
export function groupExitCodeOf(verdict: GroupVerdict): GroupComparison["exitCode"] {
  switch (verdict) {
    case "faster":
    case "same":
      return 0;
    case "slower":
      return 1;
    case "inconclusive":
      return 2;
  }
}

/** Of commands that ran one after the other, undefined where one was left out: as over several scenarios, errors before all. */
export function sequenceExitCodeOf(codes: readonly (number | undefined)[]): number {
  const precedence = [4, 3, 1, 2];
  return precedence.find((code) => codes.includes(code)) ?? codes.find((code) => code !== undefined && code !== 0) ?? 0;
}
