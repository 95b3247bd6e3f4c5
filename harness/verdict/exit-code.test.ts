import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abExitCodeOf } from "./ab/ab-exit-code.ts";
import { exitCodeOf, groupExitCodeOf, sequenceExitCodeOf, worst } from "./exit-code.ts";
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

  it("say the same of two groups of runs: same and faster are 0", () => {
    expect((["same", "faster", "slower", "inconclusive"] as const).map(groupExitCodeOf)).toEqual([0, 0, 1, 2]);
  });

  it.each<readonly [codes: readonly (number | undefined)[], exit: number]>([
    [[], 0],
    [[undefined], 0],
    [[0, undefined, 0], 0],
    [[0, 2, 0], 2],
    [[2, 1], 1],
    [[2, 1, 3, 0], 3],
    [[4, 3, 1, 2], 4],
    [[3, 0, 4], 4],
    // What is no verdict counts where nothing else is to be said, and never as a PASS.
    [[0, undefined, 130, 0], 130],
    [[130, 2], 2],
  ])("of commands that ended with %j are %i", (codes, exit) => {
    expect(sequenceExitCodeOf(codes)).toBe(exit);
  });
});
