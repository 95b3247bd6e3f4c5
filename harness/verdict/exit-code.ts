import type { Verdict, VerdictKind } from "./verdict.ts";

const EXIT_CODES: Readonly<Record<VerdictKind, Verdict["exitCode"]>> = {
  PASS: 0,
  FAIL: 1,
  INCONCLUSIVE: 2,
  INVALID: 3,
};

/** The first that occurs wins: an invalid run says nothing about budgets, and a failure outweighs a doubt. */
const PRECEDENCE: readonly VerdictKind[] = ["INVALID", "FAIL", "INCONCLUSIVE"];

export function exitCodeOf(kind: VerdictKind): Verdict["exitCode"] {
  return EXIT_CODES[kind];
}

export function worst(kinds: readonly VerdictKind[]): VerdictKind {
  return PRECEDENCE.find((kind) => kinds.includes(kind)) ?? "PASS";
}
