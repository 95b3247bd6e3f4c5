import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AbRecord } from "../../collect/ab-record.ts";
import { seededRandom } from "../stats/random.ts";
import { decideAb } from "./decide-ab.ts";
import { resampleVerdicts } from "./resample.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

/** Ten starts of equal builds, as they were measured; see test/fixtures/ab/README.md. */
const equal: AbRecord = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/ab/equal-reading.json", import.meta.url), "utf8"),
);
const rules = { ...DEFAULT_AB_RULES, mostStarts: equal.starts.length };
const draw = (count: number) => ({ count, random: seededRandom(20_261_121) });

/** The measured noise with a true change on top: what head would have taken with more work. */
const heavier = (share: number): AbRecord => ({
  ...equal,
  starts: equal.starts.map((start) => ({
    ...start,
    figures: start.figures.map((figure) =>
      figure.metric === "latency" ? { ...figure, head: figure.head * (1 + share) } : figure,
    ),
  })),
});

describe("recorded starts, decided again", () => {
  it("are sound, and EQUIVALENT as they are", () => {
    const verdict = decideAb(equal, rules);
    expect(verdict.starts).toEqual({ sound: 10, unsound: [] });
    expect([verdict.kind, verdict.exitCode]).toEqual(["EQUIVALENT", 0]);
  });

  it("have the noise that the number of starts rests on: about 1 % for p50, 2 % for CPU per request", () => {
    const [p50, cpu] = decideAb(equal, rules).figures.map(({ estimate }) => estimate?.spread ?? Number.NaN);
    expect(p50).toBeGreaterThan(0.008);
    expect(p50).toBeLessThan(0.014);
    expect(cpu).toBeGreaterThan(0.015);
    expect(cpu).toBeLessThan(0.027);
  });

  it("drawn by start, hardly ever give a regression that is not there, and seldom no answer", () => {
    const counts = resampleVerdicts(equal, rules, draw(1000));
    expect(counts.REGRESSED / 1000).toBeLessThanOrEqual(0.02);
    expect(counts.INCONCLUSIVE / 1000).toBeLessThanOrEqual(0.2);
  });

  it("show 10 % more work always, and 5 % in at least 8 of 10", () => {
    expect(resampleVerdicts(heavier(0.1), rules, draw(200)).REGRESSED).toBeGreaterThanOrEqual(198);
    expect(resampleVerdicts(heavier(0.05), rules, draw(200)).REGRESSED).toBeGreaterThanOrEqual(160);
  });

  it("show 5 % less work as IMPROVED, never as a regression", () => {
    const counts = resampleVerdicts(heavier(-0.05), rules, draw(200));
    expect(counts.REGRESSED).toBe(0);
    expect(counts.IMPROVED).toBeGreaterThanOrEqual(140);
  });
});
