import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abExitCodeOf } from "./ab/ab-exit-code.ts";
import { exitCodeOf, worst } from "./exit-code.ts";
import type { VerdictKind } from "./verdict.ts";

/** The worst first: what one part is, the whole is at least. */
const KINDS: readonly VerdictKind[] = ["INVALID", "FAIL", "INCONCLUSIVE", "PASS"];

describe("exit codes", () => {
  it("are 0 for a pass, 1 for a failure, 2 for a doubt, 3 for a measurement that was not sound", () => {
    expect(KINDS.map(exitCodeOf)).toEqual([3, 1, 2, 0]);
  });

  it("say the same of an A/B comparison: equal and better are 0, a regression 1", () => {
    const kinds = ["EQUIVALENT", "IMPROVED", "REGRESSED", "INCONCLUSIVE", "INVALID"] as const;
    expect(kinds.map(abExitCodeOf)).toEqual([0, 0, 1, 2, 3]);
  });

  it("of several verdicts the worst counts, whatever their order and number", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...KINDS), { minLength: 1 }), (kinds) => {
        const expected = Math.min(...kinds.map((kind) => KINDS.indexOf(kind)));
        expect(worst(kinds)).toBe(KINDS[expected]);
      }),
    );
    expect(worst([])).toBe("PASS");
    expect(worst(["WARNING"])).toBe("PASS");
  });
});
