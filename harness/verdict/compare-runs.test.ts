import { describe, expect, it } from "vitest";
import type { RunRecord } from "../collect/record.ts";
import { sampleBench, sampleMicroRecord } from "../report/sample-micro.ts";
import type { StoredRun } from "./comparable.ts";
import { compareRuns } from "./compare.ts";
import { detectableByOne } from "./noise.ts";
import type { FigureName } from "./run-figures.ts";
import { endpoint, latency, plan, run, scenarioPlan, scenarioRecord } from "./sample-browse.ts";

const stored = (change: Partial<RunRecord> = {}): StoredRun => ({
  plan: plan(scenarioPlan([])),
  record: { ...run(scenarioRecord()), ...change },
});
const taking = (value: number, more: Parameters<typeof endpoint>[0] = {}) =>
  stored({ scenarios: [scenarioRecord({ endpoints: [endpoint({ latency: latency(value), ...more })] })] });
const unsound = () => {
  const { instrument } = scenarioRecord();
  return stored({ scenarios: [scenarioRecord({ instrument: { ...instrument, overflowSeries: 1 } })] });
};

describe("a comparison of two runs", () => {
  it("says which they are, and that it has no doubt about them", () => {
    const commit = { sha: "a".repeat(40), dirty: false };
    expect(compareRuns(stored({ commit }), stored({ runId: "r2", suite: "evening" }))).toMatchObject({
      schema: "proofload/comparison/1",
      left: { runId: "r1", createdAt: "2026-01-01T00:00:00Z", suite: "browse", commit, verdict: "PASS" },
      right: { runId: "r2", createdAt: "2026-01-01T00:00:00Z", suite: "evening", verdict: "PASS" },
      differences: [],
      labels: [],
      onlyLeft: [],
      onlyRight: [],
    });
    expect(compareRuns(stored({ commit }), stored()).right).not.toHaveProperty("commit");
  });

  it("is labelled where it was forced, and where a side proves nothing", () => {
    const { fingerprint } = run(scenarioRecord());
    const other = { ...unsound().record, fingerprint: { ...fingerprint, k6: { version: "2.3.0", sha256: "0" } } };
    expect(compareRuns(unsound(), { plan: unsound().plan, record: other }).labels).toEqual([
      {
        code: "forced",
        sentence:
          "the runs are unlike in 2 fields, and were compared all the same: no ratio says anything about the service alone",
      },
      { code: "invalid run", sentence: "the left run is INVALID: figures of an unsound instrument prove nothing" },
      { code: "invalid run", sentence: "the right run is INVALID: figures of an unsound instrument prove nothing" },
    ]);
    expect(compareRuns(stored(), unsound()).labels.map(({ sentence }) => sentence)).toEqual([
      "the right run is INVALID: figures of an unsound instrument prove nothing",
    ]);
  });

  it("names what only one of them has", () => {
    const micro = [sampleMicroRecord([sampleBench("one")])];
    const comparison = compareRuns(
      stored({ scenarios: ["browse", "pay"].map((name) => scenarioRecord({ name })) }),
      stored({ micro }),
    );
    expect([comparison.onlyLeft, comparison.onlyRight]).toEqual([["pay"], ["sample"]]);
    expect([...new Set(comparison.rows.map(({ part }) => part))]).toEqual(["browse"]);
  });

  it("has a row for every figure, those of the right alone at the end", () => {
    const both = scenarioRecord({ endpoints: [endpoint(), endpoint({ endpoint: "cart.write" })] });
    const rows = compareRuns(stored(), stored({ scenarios: [both] })).rows.map(({ subject, metric, statistic }) => {
      return `${subject.name}: ${statistic} of ${metric}`;
    });
    expect(rows).toEqual([
      "cart.read: p50 of latency",
      "cart.read: p95 of latency",
      "cart.read: p99 of latency",
      "cart.read: value of error_rate",
      "cart.read: value of request_rate",
      "browse: value of request_rate",
      "browse: value of error_rate",
      "cart.write: p50 of latency",
      "cart.write: p95 of latency",
      "cart.write: p99 of latency",
      "cart.write: value of error_rate",
      "cart.write: value of request_rate",
    ]);
    const [alone] = compareRuns(stored({ scenarios: [both] }), stored()).rows.slice(5);
    expect(alone).toMatchObject({ subject: { name: "cart.write" }, left: { value: 50 } });
    expect(alone).not.toHaveProperty("right");
  });
});

describe("a row of a comparison", () => {
  const name: FigureName = {
    part: "browse",
    subject: { kind: "endpoint", name: "cart.read" },
    metric: "latency",
    statistic: "p95",
  };

  it("has both figures, their ratio, and which of them is better", () => {
    const { rows } = compareRuns(taking(50), taking(75));
    expect(rows[1]).toStrictEqual({
      ...name,
      unit: "ms",
      better: "lower",
      left: { value: 50 },
      right: { value: 75 },
      ratio: { value: 1.5 },
    });
    expect(rows[4]).toMatchObject({ metric: "request_rate", unit: "1/s", better: "higher" });
  });

  it("says how small a change would have shown, where it is known how much such runs differ", () => {
    const asked: FigureName[] = [];
    const noise = { sd: 0.02, runs: 12 };
    const { rows } = compareRuns(taking(50), taking(75), (figure) => {
      asked.push(figure);
      return figure.statistic === "p95" ? noise : undefined;
    });
    expect(rows[1]?.detectable).toBe(detectableByOne(noise, 0.05));
    expect(rows[0]).not.toHaveProperty("detectable");
    // Not of error rates of 0, which have no ratio.
    expect(asked.map(({ metric, statistic }) => `${statistic} of ${metric}`)).toEqual([
      "p50 of latency",
      "p95 of latency",
      "p99 of latency",
      "value of request_rate",
      "value of request_rate",
    ]);
    expect(asked[1]).toStrictEqual(name);
  });

  it("has no ratio where a side is 0, has no end or was not measured", () => {
    const p95 = (left: StoredRun, right: StoredRun) => compareRuns(left, right).rows[1];
    expect(p95(taking(0), taking(50))).not.toHaveProperty("ratio");
    const beyond = { lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
    const endless = taking(50, { dropped: 1000 });
    expect(p95(taking(50), endless)).toMatchObject({ right: beyond });
    expect(p95(taking(50), endless)).not.toHaveProperty("ratio");
    expect(p95(endless, taking(50))).toMatchObject({ left: beyond });
    expect(p95(endless, taking(50))).not.toHaveProperty("ratio");
    // Without a histogram nothing but the floor of a percentile is known once something was dropped.
    expect(p95(taking(50), taking(50, { dropped: 1 }))).not.toHaveProperty("ratio");
    expect(p95(taking(50, { dropped: 1 }), taking(50))).not.toHaveProperty("ratio");
    const { latency: _, ...failed } = endpoint();
    const missing = compareRuns(taking(50), stored({ scenarios: [scenarioRecord({ endpoints: [failed] })] })).rows[1];
    expect(missing).toStrictEqual({ ...name, unit: "ms", better: "lower", left: { value: 50 } });
  });
});
