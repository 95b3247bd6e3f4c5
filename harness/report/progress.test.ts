import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { widthOf } from "./plain.ts";
import { type ProgressState, renderProgress } from "./progress.ts";

const state: ProgressState = {
  scenario: "load",
  index: 2,
  of: 3,
  phase: "measured",
  elapsedSeconds: 27,
  totalSeconds: 70,
  rate: 203.4,
  p95: 61.2,
  failed: 3,
  dropped: 0,
  vus: 24,
  budgets: { held: 5, warned: 1, missed: 0 },
};

describe("live progress", () => {
  it("shows everything where there is room", () => {
    expect(renderProgress(state, { live: true, columns: 140 })).toMatchInlineSnapshot(
      `"load 2/3  ██████▏········· measured  0:43 left  203/s  p95 61.2 ms  errors 3  budgets 6/6 (1 over target)  dropped 0  24 VUs"`,
    );
  });

  it("leaves out the less important, and never wraps", () => {
    expect(renderProgress(state, { live: true, columns: 80 })).toMatchInlineSnapshot(
      `"load 2/3  ██████▏········· measured  0:43 left  203/s  p95 61.2 ms  errors 3"`,
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.string(), (columns, scenario) => {
        const line = renderProgress({ ...state, scenario }, { live: true, columns });
        expect(widthOf(line)).toBeLessThan(Math.max(2, columns + 1));
        expect(line).not.toContain("\n");
      }),
    );
  });
});

describe("progress in a log", () => {
  it("is one plain line with the same words every time", () => {
    expect(renderProgress(state, { live: false, columns: 80 })).toMatchInlineSnapshot(
      `"proofload: load (2 of 3) measured 0:27 of 1:10: 203/s, p95 61.2 ms, errors 3, dropped 0, 24 VUs, budgets 5 held, 1 over target, 0 missed, 0:43 left"`,
    );
    expect(
      renderProgress({ ...state, of: 1, phase: "warm-up", p95: Number.NaN }, { live: false, columns: 80 }),
    ).toMatchInlineSnapshot(
      `"proofload: load warm-up 0:27 of 1:10: 203/s, p95 –, errors 3, dropped 0, 24 VUs, budgets 5 held, 1 over target, 0 missed, 0:43 left"`,
    );
  });
});
