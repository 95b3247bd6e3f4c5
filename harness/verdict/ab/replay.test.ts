import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AbRecord } from "../../collect/ab-record.ts";
import { seededRandom } from "../stats/random.ts";
import type { AaResult } from "./calibration.ts";
import { decideAb } from "./decide-ab.ts";
import { resampleVerdicts } from "./resample.ts";

/** Twenty comparisons of equal builds, as they were measured; see test/fixtures/verdict/README.md. */
const measured = studyOf<AaResult>("aa");
const pooled = pooledOf(measured.map(({ record }) => record));
const rules = { ...(measured[0] as AaResult).rules, over: false };
const draw = (count: number) => ({ count, random: seededRandom(20_261_121) });

function studyOf<Result>(name: string): readonly Result[] {
  const folder = new URL(`../../../test/fixtures/verdict/${name}/`, import.meta.url);
  const [file = ""] = readdirSync(folder);
  return JSON.parse(readFileSync(new URL(file, folder), "utf8")).results;
}

function pooledOf(records: readonly AbRecord[]): AbRecord {
  const starts = records.flatMap((record) => record.starts).map((start, index) => ({ ...start, index }));
  return { ...(records[0] as AbRecord), starts, differences: [] };
}

/** The measured noise with a true change on top: what head would have taken with more work. */
const heavier = (share: number): AbRecord => ({
  ...pooled,
  starts: pooled.starts.map((start) => ({
    ...start,
    figures: start.figures.map((figure) =>
      figure.metric === "latency" && figure.subject.name === "list"
        ? { ...figure, head: figure.head * (1 + share) }
        : figure,
    ),
  })),
});

describe("recorded starts, decided again", () => {
  it("give each comparison the verdict that it had: none REGRESSED, 17 EQUIVALENT", () => {
    const kinds = measured.map((one) => decideAb(one.record, one.rules).kind);
    expect(kinds).toEqual(measured.map(({ verdict }) => verdict.kind));
    expect(kinds.filter((kind) => kind === "REGRESSED")).toEqual([]);
    expect(kinds.filter((kind) => kind === "EQUIVALENT")).toHaveLength(17);
  });

  it("have the noise that the number of starts rests on: 1 to 2 % for p50, 2 % for CPU per request", () => {
    const spreads = decideAb(pooled, rules).figures.map(({ estimate }) => estimate?.spread ?? Number.NaN);
    expect(spreads).toHaveLength(3);
    for (const spread of spreads) {
      expect(spread).toBeGreaterThan(0.01);
      expect(spread).toBeLessThan(0.025);
    }
  });

  it("drawn by start, hardly ever give a regression that is not there, and seldom no answer", () => {
    const counts = resampleVerdicts(pooled, rules, draw(1000));
    expect(counts.REGRESSED / 1000).toBeLessThanOrEqual(0.02);
    expect(counts.INCONCLUSIVE / 1000).toBeLessThanOrEqual(0.2);
  });

  it("show 10 % more work of one class always, and 5 % in at least 8 of 10, within as many starts", () => {
    expect(resampleVerdicts(heavier(0.1), rules, draw(200)).REGRESSED).toBeGreaterThanOrEqual(198);
    expect(resampleVerdicts(heavier(0.05), rules, draw(200)).REGRESSED).toBeGreaterThanOrEqual(160);
  });

  it("show less work as no regression; the other two figures are wrong as seldom as ever", () => {
    expect(resampleVerdicts(heavier(-0.05), rules, draw(200)).REGRESSED / 200).toBeLessThanOrEqual(0.02);
  });
});
