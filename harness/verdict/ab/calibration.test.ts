import { describe, expect, it } from "vitest";
import { renderAaTerminal } from "../../report/ab/aa-terminal.ts";
import { type SampleAb, sampleAb } from "../../report/sample-ab.ts";
import { seededRandom } from "../stats/random.ts";
import { type AaResult, calibrateAa } from "./calibration.ts";
import { decideAb } from "./decide-ab.ts";
import { resampleVerdicts } from "./resample.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";

const rules = { ...DEFAULT_AB_RULES, mostStarts: 10 };
const results = (count: number, options: Omit<SampleAb, "starts"> = {}): AaResult[] =>
  Array.from({ length: count }, (_, seed) => {
    const record = sampleAb({ ...options, starts: 10, seed: seed + 1 });
    const { kind, sentence } = decideAb(record, rules);
    return { seconds: 170, record, rules, verdict: { kind, sentence } };
  });
const draw = (count: number) => ({ count, random: seededRandom(7) });

describe("a calibration by equal builds", () => {
  it("finds the noise that the starts were made with, and what it allows", () => {
    const calibration = calibrateAa(results(12), draw(1));
    const [read, , , cpu] = calibration?.noise ?? [];
    expect(calibration?.starts).toBe(120);
    expect(read?.spread).toBeGreaterThan(0.0102);
    expect(read?.spread).toBeLessThan(0.0138);
    expect(cpu?.spread).toBeGreaterThan(0.0204);
    expect(cpu?.spread).toBeLessThan(0.0276);
    // Twice the noise needs nearly twice the margin at the same number of starts, and more starts at the same margin.
    expect((cpu?.margin ?? 0) / (read?.margin ?? 1)).toBeGreaterThan(1.6);
    expect(cpu?.startsNeeded).toBeGreaterThan(read?.startsNeeded ?? Number.POSITIVE_INFINITY);
  });

  it("counts live verdicts with their exact interval, and draws the same ones from the same seed", () => {
    const twenty = results(20);
    const calibration = calibrateAa(twenty, draw(12));
    expect(calibration?.live.regressed).toMatchObject({ count: 0, of: 20, share: 0, lower: 0 });
    // Clopper and Pearson: 1 − 0.025^(1/20).
    expect(calibration?.live.regressed.upper).toBeCloseTo(1 - 0.025 ** (1 / 20), 9);
    expect(calibrateAa(twenty, draw(12))?.resampled).toEqual(calibration?.resampled);
    const { counts } = calibration?.resampled ?? {};
    expect(Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(12);
  });

  it("keeps unsound starts in what it says about the instrument, and out of the noise", () => {
    const calibration = calibrateAa(results(3, { unsound: [0] }), draw(1));
    expect(calibration?.starts).toBe(27);
    expect(calibration?.canaryP99).toMatchObject({ p50: 4.1, max: 104 });
    expect(calibration?.noise[0]?.starts).toBe(27);
  });

  it("is nothing without a comparison", () => {
    expect(calibrateAa([], draw(10))).toBeUndefined();
  });

  it("is said in full on a terminal", () => {
    const calibration = calibrateAa(results(20), draw(2));
    if (calibration === undefined) throw new Error("no calibration");
    const text = renderAaTerminal(calibration, { colour: false, columns: 120, margin: 0.03 });
    expect(text).toContain("false REGRESSED: 0 of 20 (0–16.8 %) live, ");
    expect(text).toContain("NEEDED FOR ±3 %");
    expect(text).toMatch(/CPU per request of the service +2\.\d %/);
    expect(text).toContain("canary p99: median 4.1 ms, p95 4.1 ms, largest 4.1 ms; recommended limit 9 ms");
  });
});

describe("verdicts drawn from measured starts", () => {
  it("are REGRESSED where head really is 10 % slower", () => {
    const slower = sampleAb({ starts: 60, slower: { write: 1.1 } });
    expect(resampleVerdicts(slower, rules, draw(10)).REGRESSED).toBe(10);
  });

  it("end INCONCLUSIVE where nothing was measured", () => {
    expect(resampleVerdicts(sampleAb({ starts: 0 }), rules, draw(3)).INCONCLUSIVE).toBe(3);
  });
});
