/** A/B comparisons for tests in which every ratio is given: nothing is drawn, so that every figure can be worked out by hand. */
import type { AbFigure, AbRecord, AbStart, FigureKey } from "../collect/ab-record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import { sampleScenario } from "./sample-scenario.ts";

/** Class → head ÷ base of its p50, start by start; undefined where a start has not measured it. */
export type SampleRatios = Readonly<Record<string, readonly (number | undefined)[]>>;

/** All classes are gated, the instrument is sound, and no request fails, unless `change` says otherwise. */
export function sampleComparison(ratios: SampleRatios, change: Partial<AbRecord> = {}): AbRecord {
  const classes = Object.entries(ratios);
  const count = Math.max(0, ...classes.map(([, values]) => values.length));
  const figuresOf = (start: number) =>
    classes.flatMap(([name, values]) => {
      const ratio = values[start];
      return ratio === undefined ? [] : [sampleFigure(p50Of(name), ratio)];
    });
  return {
    schema: "proofload/ab/1",
    runId: "20260314-091500-ab-crud-3f9a",
    createdAt: "2026-03-14T09:15:00.000Z",
    proofloadVersion: "0.1.0",
    design: "paired",
    target: "shop",
    scenario: "crud",
    sides: { base: { given: "main", kind: "ref" }, head: { given: ".", kind: "ref" } },
    sharedHost: false,
    fingerprint: sampleFingerprint(),
    load: { scale: 1, rate: 120, busyShare: 0.4, measureSeconds: 12 },
    seed: 1,
    gated: classes.map(([name]) => p50Of(name)),
    starts: Array.from({ length: count }, (_, index) => sampleStart(index, { figures: figuresOf(index) })),
    differences: [],
    ...change,
  };
}

export function sampleStart(index: number, change: Partial<AbStart> = {}): AbStart {
  return {
    index,
    startedAt: 1_773_479_702_000 + index * 18_000,
    first: "base",
    measuredSeconds: 12,
    instrument: sampleScenario({}).instrument,
    requests: { base: { sent: 1000, failed: 0, dropped: 0 }, head: { sent: 1000, failed: 0, dropped: 0 } },
    figures: [],
    ...change,
  };
}

/** The same comparison, with something else in its starts. */
export function changeStarts(record: AbRecord, change: (start: AbStart) => Partial<AbStart>): AbRecord {
  return { ...record, starts: record.starts.map((start) => ({ ...start, ...change(start) })) };
}

/** Base took 10. */
export function sampleFigure(key: FigureKey, ratio: number): AbFigure {
  return { ...key, base: 10, head: 10 * ratio, count: { base: 1400, head: 1400 } };
}

export function p50Of(name: string): FigureKey {
  return { subject: { kind: "class", name }, metric: "latency", statistic: "p50" };
}

/** `count` (even) ratios about one: ln(head ÷ base) lies `spread` above and below it in turn. */
export function alternating(ratio: number, spread: number, count = 6): number[] {
  return Array.from({ length: count }, (_, index) => ratio * Math.exp(index % 2 === 0 ? spread : -spread));
}
