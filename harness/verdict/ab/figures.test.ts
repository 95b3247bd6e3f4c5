import { describe, expect, it } from "vitest";
import type { AbFigure, AbStart, FigureKey } from "../../collect/ab-record.ts";
import { samplesFor } from "../../plan/metrics.ts";
import { p50Of, sampleComparison, sampleFigure, sampleStart } from "../sample-comparison.ts";
import { figureSeries } from "./figures.ts";

const cpu: FigureKey = { subject: { kind: "service", name: "service" }, metric: "cpu_time", statistic: "mean" };
const rss: FigureKey = { subject: { kind: "service", name: "service" }, metric: "service_rss", statistic: "max" };

const seriesOf = (starts: readonly AbStart[], gated: readonly FigureKey[]) =>
  figureSeries({ ...sampleComparison({}), gated }, starts);
/** The ratios of the only series, start by start. */
const pointsOf = (...figures: readonly Partial<AbFigure>[]) => {
  const starts = figures.map((figure, index) =>
    sampleStart(index, { figures: [{ ...sampleFigure(p50Of("read"), 1), ...figure }] }),
  );
  return seriesOf(starts, [p50Of("read")])[0]?.points.map(({ start, base, head }) => [start, base, head]);
};

describe("the series of a comparison", () => {
  it("are the gated figures as they were chosen, then each other one once, as they came", () => {
    const [read, write] = [p50Of("read"), p50Of("write")];
    const p95 = { ...read, statistic: "p95" } as const;
    const starts = [
      sampleStart(0, { figures: [sampleFigure(p95, 1), sampleFigure(read, 1.1), sampleFigure(cpu, 1.2)] }),
      sampleStart(1, { figures: [sampleFigure(rss, 1.3), sampleFigure(p95, 1.4), sampleFigure(write, 1.5)] }),
    ];
    const named = seriesOf(starts, [write, read, cpu]).map(({ key, gated, points }) => ({
      key,
      gated,
      heads: points.map(({ start, head }) => [start, head]),
    }));
    expect(named).toEqual([
      { key: write, gated: true, heads: [[1, 15]] },
      { key: read, gated: true, heads: [[0, 11]] },
      { key: cpu, gated: true, heads: [[0, 12]] },
      {
        key: p95,
        gated: false,
        heads: [
          [0, 10],
          [1, 14],
        ],
      },
      { key: rss, gated: false, heads: [[1, 13]] },
    ]);
  });

  it("have both sides and ln(head ÷ base) of every start that measured the figure, under its own number", () => {
    const starts = [
      sampleStart(2, { figures: [{ ...sampleFigure(p50Of("read"), 1), base: 4, head: 5 }] }),
      sampleStart(3),
      sampleStart(7, { figures: [{ ...sampleFigure(p50Of("read"), 1), base: 8, head: 6 }] }),
    ];
    expect(seriesOf(starts, [p50Of("read")])[0]?.points).toEqual([
      { start: 2, base: 4, head: 5, logRatio: Math.log(1.25) },
      { start: 7, base: 8, head: 6, logRatio: Math.log(0.75) },
    ]);
  });

  it("lack starts in which either side had too few requests for the statistic", () => {
    const fewest = samplesFor(0.5);
    expect(
      pointsOf(
        { count: { base: fewest, head: fewest } },
        { count: { base: fewest - 1, head: 1000 } },
        { count: { base: 1000, head: fewest - 1 } },
      ),
    ).toEqual([[0, 10, 10]]);
    // A maximum of memory is one, however few samples are behind it.
    const once = sampleStart(0, { figures: [{ ...sampleFigure(rss, 1), count: { base: 1, head: 1 } }] });
    expect(seriesOf([once], [rss])[0]?.points).toHaveLength(1);
  });

  it("lack starts whose ratio is none", () => {
    expect(
      pointsOf({ base: 0 }, { head: 0 }, { base: 0, head: 0 }, { base: -1, head: -2 }, { head: Number.NaN }, {}),
    ).toEqual([[5, 10, 10]]);
  });
});
