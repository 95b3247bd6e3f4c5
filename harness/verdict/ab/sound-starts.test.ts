import { describe, expect, it } from "vitest";
import type { AbSide, AbStart } from "../../collect/ab-record.ts";
import { sampleProcess } from "../../report/sample-micro.ts";
import { sampleComparison, sampleStart } from "../sample-comparison.ts";
import { sampleScenario } from "../sample-scenario.ts";
import { DEFAULT_AB_RULES } from "./rules.ts";
import { sortStarts, unsoundLimit } from "./sound-starts.ts";

const { instrument } = sampleScenario({});
const { generator } = instrument;
/** Others took half of k6's cores, while it waited for one. */
const disturbed = { ...instrument, generator: { ...generator, foreignShare: 0.5, waitSeconds: generator.wallSeconds } };
const slowCanary = { ...instrument, canary: { count: 500, failed: 0, dropped: 0, p50: 1, p95: 9, p99: 104, max: 120 } };

const sorted = (starts: readonly AbStart[], kinds: readonly [AbSide["kind"], AbSide["kind"]] = ["ref", "image"]) => {
  const [base, head] = kinds.map((kind): AbSide => ({ given: "main", kind })) as [AbSide, AbSide];
  const { sound, unsound } = sortStarts(sampleComparison({}, { starts, sides: { base, head } }));
  return { sound: sound.map(({ index }) => index), unsound };
};

describe("a start is no evidence", () => {
  it("when a check of the instrument fails, each of which is named; the others are", () => {
    const starts = [
      sampleStart(0),
      sampleStart(1, { instrument: slowCanary }),
      sampleStart(2, { instrument: { ...disturbed, canary: slowCanary.canary } }),
      sampleStart(3),
    ];
    expect(sorted(starts)).toEqual({
      sound: [0, 3],
      unsound: [
        { index: 1, checks: ["canary p99"] },
        { index: 2, checks: ["canary p99", "foreign CPU"] },
      ],
    });
  });

  it("when series were folded together", () => {
    const starts = [1, 0].map((overflowSeries, index) =>
      sampleStart(index, { instrument: { ...instrument, overflowSeries } }),
    );
    expect(sorted(starts)).toEqual({ sound: [1], unsound: [{ index: 0, checks: ["overflow series"] }] });
    const both = sampleStart(0, { instrument: { ...slowCanary, overflowSeries: 3 } });
    expect(sorted([both]).unsound).toEqual([{ index: 0, checks: ["canary p99", "overflow series"] }]);
  });

  it("when nothing says that the instrument was sound", () => {
    const { instrument: _, ...start } = sampleStart(4);
    expect(sorted([start])).toEqual({ sound: [], unsound: [{ index: 4, checks: ["instrument"] }] });
  });

  it("not because of other processes where a side is one of them", () => {
    const starts = [sampleStart(0, { instrument: disturbed })];
    expect(sorted(starts).unsound).toEqual([{ index: 0, checks: ["foreign CPU"] }]);
    expect(sorted(starts, ["ref", "url"]).sound).toEqual([0]);
    expect(sorted(starts, ["url", "ref"]).sound).toEqual([0]);
  });

  it("of a micro-benchmark when a process of either side broke or was disturbed", () => {
    const process = sampleProcess();
    const broken = sampleProcess({ exit: { kind: "failed", how: "exited with code 1", lastLines: [] } });
    const waiting = sampleProcess({ waitSeconds: 1, foreignShare: 0.5 });
    const { instrument: _, ...start } = sampleStart(0);
    const starts = [
      { base: [process], head: [process] },
      { base: [process, waiting], head: [process] },
      { base: [process], head: [process, broken] },
    ].map((processes, index): AbStart => ({ ...start, index, processes }));
    expect(sorted(starts)).toEqual({
      sound: [0],
      unsound: [
        { index: 1, checks: ["foreign CPU"] },
        { index: 2, checks: ["failed processes"] },
      ],
    });
  });
});

it.each([
  [1, 2],
  [8, 2],
  [9, 3],
  [11, 3],
  [12, 4],
])("of %i planned starts, %i may be unsound", (mostStarts, limit) => {
  expect(unsoundLimit({ ...DEFAULT_AB_RULES, mostStarts })).toBe(limit);
});
