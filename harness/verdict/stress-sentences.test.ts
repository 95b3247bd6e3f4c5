import { describe, expect, it } from "vitest";
import { type Stress, stressFigure, stressReason } from "./stress.ts";

const HOW = "p95 of list over 100 ms";
const RESOURCE = "one thread of the service worked for 97 % of the time";
const KEPT: Stress = { peakRate: 800, broken: undefined, recovery: undefined };
const BROKEN: Stress = {
  peakRate: 800,
  broken: { held: 200, rate: 400, how: HOW, resource: RESOURCE },
  recovery: { seconds: 3, isOver: true },
};
const NOTHING_USED_UP: Stress = { ...BROKEN, broken: { held: 200, rate: 400, how: HOW, resource: undefined } };
const NEVER = "it kept its limits up to 800/s, the highest rate of this scenario";

describe("the figure of a breaking point", () => {
  it("is what held and what did not, with what broke and what was used up", () => {
    expect(stressFigure("breaking_point", BROKEN)).toEqual({
      measured: { lower: 200, upper: 400 },
      count: 1,
      because: `the limit lies between the highest rate that held and the lowest that did not; ${HOW}; ${RESOURCE}`,
      evidence: `${HOW}; ${RESOURCE}`,
    });
    expect(stressFigure("breaking_point", NOTHING_USED_UP).evidence).toBe(HOW);
  });

  it("is more than the highest rate where all was well", () => {
    expect(stressFigure("breaking_point", KEPT)).toEqual({
      measured: { lower: 800, upper: Number.POSITIVE_INFINITY },
      count: 1,
      because: NEVER,
      evidence: NEVER,
    });
  });
});

describe("the figure of a recovery", () => {
  it.each([
    [3, { lower: 2000, upper: 4000 }],
    [0, { lower: 0, upper: 1000 }],
  ])("after %i s is that long, to a second", (seconds, measured) => {
    const recovery = { seconds, isOver: true };
    expect(stressFigure("recovery_time", { ...BROKEN, recovery })).toEqual({ measured, count: 1 });
  });

  it("is longer than what was seen where it had not come in the end", () => {
    expect(stressFigure("recovery_time", { ...BROKEN, recovery: { seconds: 12, isOver: false } })).toEqual({
      measured: { lower: 12_000, upper: Number.POSITIVE_INFINITY },
      count: 1,
      because: "it had not recovered when the scenario ended",
      evidence: "it had not recovered when the scenario ended",
    });
  });

  it("is none where nothing broke, or where the end says nothing", () => {
    expect(stressFigure("recovery_time", KEPT)).toEqual({
      measured: undefined,
      count: 0,
      because: `nothing to recover from: ${NEVER}`,
    });
    expect(stressFigure("recovery_time", { ...BROKEN, recovery: undefined })).toEqual({
      measured: undefined,
      count: 0,
      because:
        "no second at its last rate says whether all was as before: the scenario ended too early, or no endpoint had 5 answers in a second",
    });
  });
});

describe("the warning about a breaking point", () => {
  const warning = (sentence: string) => [{ kind: "WARNING", code: "breaking point", sentence }];

  it("says between which rates and why, and that drops beyond it are no fault", () => {
    expect(stressReason(BROKEN, 0)).toEqual(warning(`held at 200/s, broke at 400/s: ${HOW}; ${RESOURCE}`));
    expect(stressReason(NOTHING_USED_UP, 4200)).toEqual(
      warning(`held at 200/s, broke at 400/s: ${HOW}; 4200 iterations could not be taken beyond it, as expected`),
    );
  });

  it("is not there where nothing broke", () => {
    expect(stressReason(KEPT, 4200)).toEqual([]);
  });
});
