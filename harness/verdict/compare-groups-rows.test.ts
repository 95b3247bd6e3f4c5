import { describe, expect, it } from "vitest";
import type { EndpointRecord, RunRecord, ScenarioRecord } from "../collect/record.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun } from "../report/sample-micro.ts";
import type { StoredRun } from "./comparable.ts";
import { compareGroups, type GroupComparison } from "./compare-groups.ts";
import { detectableShift } from "./noise.ts";
import { endpoint, latency, plan, run, scenarioPlan, scenarioRecord } from "./sample-browse.ts";
import { variance } from "./stats/moments.ts";
import { welch } from "./stats/welch.ts";

const ALPHA = 0.05;
/** One run for each latency in ms; its endpoint and its scenario may have more to show. */
function group(
  name: string,
  values: readonly number[],
  of: Partial<EndpointRecord> = {},
  more: Partial<ScenarioRecord> = {},
) {
  const runs = values.map((value, index): StoredRun => {
    const endpoints = [endpoint({ latency: latency(value), ...of }), ...(more.endpoints ?? [])];
    const record = run(scenarioRecord({ ...more, endpoints }));
    return { plan: plan(scenarioPlan([])), record: { ...record, runId: `${name}-${index}` } };
  });
  return { name, runs };
}
const row = ({ rows }: GroupComparison, metric: string, statistic: string) => {
  const found = rows.find((one) => one.metric === metric && one.statistic === statistic);
  if (found === undefined) throw new TypeError(`there is no ${statistic} of ${metric}`);
  return found;
};
const SLOW = [118, 120, 125, 128, 119];
const FAST = [100, 101, 102, 103, 104];
const ALIKE = [100, 100, 100, 100, 100];
const logs = (values: readonly number[]) => values.map(Math.log);

describe("a row of a comparison of groups", () => {
  /** All of right divided by all of left, the smallest first. */
  const ratios = SLOW.flatMap((slow) => FAST.map((fast) => slow / fast)).toSorted((a, b) => a - b);
  const detectable = (level: number) => {
    const [left, right] = [logs(FAST), logs(SLOW)];
    const error = Math.sqrt(variance(left) / 5 + variance(right) / 5);
    return Math.expm1(detectableShift(error, welch(left, right, 0.95)?.degrees ?? 0, level));
  };

  // 2 of the 252 ways to deal ten values out lie as far apart; two figures decide.
  it.each([
    ["p50", true, 4 / 252, ratios[1], ratios[23], detectable(ALPHA / 2)],
    ["p95", true, 4 / 252, ratios[2], ratios[22], detectable(ALPHA / 2)],
    ["p99", false, 2 / 252, ratios[2], ratios[22], detectable(ALPHA)],
  ])("has the ratio, its interval and the chance of it: %s", (statistic, decides, p, lower, upper, shown) => {
    const comparison = compareGroups(group("v1", FAST), group("v2", SLOW));
    expect(row(comparison, "latency", statistic)).toStrictEqual({
      part: "browse",
      subject: { kind: "endpoint", name: "cart.read" },
      metric: "latency",
      statistic,
      unit: "ms",
      better: "lower",
      decides,
      left: { runs: 5, median: 102 },
      right: { runs: 5, median: 120 },
      test: "Mann-Whitney",
      p: expect.closeTo(p, 12),
      ratio: {
        value: expect.closeTo(ratios[12] ?? 0, 12),
        lower: expect.closeTo(lower ?? 0, 12),
        upper: expect.closeTo(upper ?? 0, 12),
      },
      verdict: "slower",
      detectable: expect.closeTo(shown, 12),
    });
  });

  it("is tested on means where ranks cannot tell at the level that it has", () => {
    // 2 of 70: enough for a figure by itself, and too little for one of two.
    const few = compareGroups(group("v1", FAST.slice(1)), group("v2", SLOW.slice(1)));
    const at = (level: number) => welch(logs(FAST.slice(1)), logs(SLOW.slice(1)), 1 - level);
    expect(row(few, "latency", "p50")).toMatchObject({
      test: "Welch",
      p: expect.closeTo(2 * (at(ALPHA)?.p ?? 0), 12),
      ratio: {
        value: expect.closeTo(Math.exp(at(ALPHA)?.difference ?? 0), 12),
        lower: expect.closeTo(Math.exp(at(ALPHA / 2)?.lower ?? 0), 12),
        upper: expect.closeTo(Math.exp(at(ALPHA / 2)?.upper ?? 0), 12),
      },
    });
    expect(row(few, "latency", "p99")).toMatchObject({ test: "Mann-Whitney", p: expect.closeTo(2 / 70, 12) });
  });

  it("says why it cannot be tested, and is then no part of the family", () => {
    const left = group("v1", FAST, {}, { endpoints: [endpoint({ endpoint: "cart.write" })] });
    const comparison = compareGroups(left, group("v2", SLOW));
    expect(comparison).toMatchObject({ verdict: "slower", exitCode: 1, sentence: "slower in 2 of 4 figures" });
    expect(row(comparison, "latency", "p50").p).toBeCloseTo(4 / 252, 12);
    const missing = comparison.rows.find(({ subject }) => subject.name === "cart.write");
    expect(missing).toStrictEqual({
      part: "browse",
      subject: { kind: "endpoint", name: "cart.write" },
      metric: "latency",
      statistic: "p50",
      unit: "ms",
      better: "lower",
      decides: true,
      left: { runs: 5, median: 50 },
      right: { runs: 0 },
      verdict: "inconclusive",
      because: "it needs 3 more runs on the right",
    });
    const alike = group("v1", ALIKE, {}, { endpoints: [endpoint({ endpoint: "cart.write" })] });
    expect(compareGroups(alike, group("v2", ALIKE)).sentence).toBe(
      "2 of 4 figures are not decided: it needs 3 more runs on the right",
    );
  });

  it("is slower where a rate falls, which decides nothing", () => {
    const comparison = compareGroups(group("v1", ALIKE), group("v2", ALIKE, { requests: 800 }));
    expect(row(comparison, "request_rate", "value")).toMatchObject({ decides: false, verdict: "slower" });
    expect(comparison).toMatchObject({ verdict: "same", exitCode: 0 });
    const back = compareGroups(group("v1", ALIKE, { requests: 800 }), group("v2", ALIKE));
    expect(row(back, "request_rate", "value").verdict).toBe("faster");
  });

  it("of the time to a first token does not decide: percentiles of latency do", () => {
    const measures = (["p50", "p95"] as const).map((statistic) => {
      return { metric: "ttft" as const, statistic, value: 7, count: 100, endpoint: "cart.read" };
    });
    const comparison = compareGroups(group("v1", FAST, {}, { measures }), group("v2", FAST, {}, { measures }));
    expect(row(comparison, "ttft", "p50").decides).toBe(false);
    expect(row(comparison, "ttft", "p95").decides).toBe(false);
  });

  it("is as wide as what is not known of its figures, and undecided where that reaches over 1", () => {
    const rows = (lower: number, upper: number) => {
      const range = { lower, upper };
      return { measures: [{ metric: "sql_rows" as const, statistic: "mean" as const, value: 0, count: 9, range }] };
    };
    const comparison = compareGroups(group("v1", FAST, {}, rows(80, 125)), group("v2", FAST, {}, rows(88, 137.5)));
    // All runs alike: 1.1 times as many, and ±25 % for each of the groups.
    expect(row(comparison, "sql_rows", "mean")).toMatchObject({
      p: expect.closeTo(2 / 252, 12),
      ratio: {
        value: expect.closeTo(1.1, 12),
        lower: expect.closeTo(1.1 * 0.8 * 0.8, 12),
        upper: expect.closeTo(1.1 * 1.25 * 1.25, 12),
      },
      verdict: "inconclusive",
      detectable: expect.closeTo(0, 9),
    });
  });

  it("is that of a bench's mean time, and not of its bytes, for micro-benchmarks", () => {
    const micro = (name: string, values: readonly number[]) => ({
      name,
      runs: values.map((mean): StoredRun => {
        const bench = sampleBench("sign");
        return sampleMicroRun([], sampleMicroRecord([{ ...bench, time: { ...bench.time, mean } }]));
      }),
    });
    const comparison = compareGroups(micro("v1", SLOW), micro("v2", FAST));
    expect(comparison).toMatchObject({ verdict: "faster", sentence: "faster in 1 of 1 figures, slower in none" });
    expect(comparison.rows.map(({ metric, decides, verdict }) => [metric, decides, verdict])).toEqual([
      ["time", true, "faster"],
      ["bytes", false, "same"],
    ]);
  });
});

describe("a comparison of groups as a whole", () => {
  it("names its runs, their commits and its rules", () => {
    const left = group("v1", FAST);
    const commit = { sha: "a".repeat(40), dirty: false };
    const with2 = left.runs.map((one, index): StoredRun => {
      return index < 2 ? { ...one, record: { ...one.record, commit } } : one;
    });
    const comparison = compareGroups({ name: "v1", runs: with2 }, group("v2", SLOW));
    expect(comparison).toMatchObject({
      schema: "proofload/group-comparison/1",
      left: { name: "v1", runs: ["v1-0", "v1-1", "v1-2", "v1-3", "v1-4"], commits: [commit.sha] },
      right: { name: "v2", runs: ["v2-0", "v2-1", "v2-2", "v2-3", "v2-4"], commits: [] },
      rules: { alpha: ALPHA, margin: 0.03 },
      differences: [],
      labels: [],
    });
  });

  it("is the same where an interval lies inside the margin, edges and all", () => {
    const rules = { alpha: ALPHA, margin: 0 };
    const same = compareGroups(group("v1", ALIKE), group("v2", ALIKE), rules);
    expect(same).toMatchObject({ verdict: "same", exitCode: 0, rules });
    expect(same.sentence).toBe("the same within the margin in all 2 figures");
    const near = ALIKE.map((value) => value * 1.02);
    expect(compareGroups(group("v1", ALIKE), group("v2", near)).verdict).toBe("same");
    expect(compareGroups(group("v1", near), group("v2", ALIKE)).verdict).toBe("same");
    expect(compareGroups(group("v1", ALIKE), group("v2", near), { ...rules, margin: 0.01 }).verdict).toBe("slower");
    expect(compareGroups(group("v1", near), group("v2", ALIKE), { ...rules, margin: 0.01 }).verdict).toBe("faster");
  });

  it.each<readonly [string, readonly number[], readonly number[], string]>([
    ["slower", FAST, SLOW, "slower in 2 of 2 figures"],
    ["faster", SLOW, FAST, "faster in 2 of 2 figures, slower in none"],
    ["inconclusive", FAST, [90, 95, 100, 110, 120], "2 of 2 figures are not decided: more runs tell"],
    [
      "inconclusive",
      [100],
      [100, 100],
      "2 of 2 figures are not decided: it needs 2 more runs on the left and 1 more run on the right",
    ],
    ["inconclusive", [], [], "no figure that decides: there is no endpoint and no bench that both groups have"],
  ])("is %s, in a sentence", (verdict, left, right, sentence) => {
    expect(compareGroups(group("v1", left), group("v2", right))).toMatchObject({ verdict, sentence });
  });

  it("is faster where one figure is and the others are the same", () => {
    const quicker = { latency: { ...latency(100), p50: 80 } };
    const comparison = compareGroups(group("v1", ALIKE), group("v2", ALIKE, quicker));
    expect(comparison).toMatchObject({ verdict: "faster", exitCode: 0 });
    expect(comparison.sentence).toBe("faster in 1 of 2 figures, slower in none");
  });

  it("says once in what its runs are unlike, and with how many another run shared the machine", () => {
    const changed = (runs: readonly StoredRun[], change: Partial<RunRecord>) =>
      runs.map(({ plan: planned, record }): StoredRun => ({ plan: planned, record: { ...record, ...change } }));
    const { fingerprint } = run(scenarioRecord());
    const [first, second, ...others] = group("v2", SLOW).runs;
    if (first === undefined || second === undefined) throw new TypeError("there are five runs");
    const k6 = { version: "2.3.0", sha256: fingerprint.k6?.sha256 ?? "" };
    const runs = [...changed([first, second], { fingerprint: { ...fingerprint, k6 }, sharedHost: true }), ...others];
    const comparison = compareGroups(group("v1", FAST), { name: "v2", runs });
    expect(comparison.differences).toEqual([{ field: "k6.version", left: "2.2.0", right: "2.3.0" }]);
    expect(comparison.labels).toEqual([
      {
        code: "forced",
        sentence: "the runs are unlike, and were compared all the same: no ratio says anything about the service alone",
      },
      { code: "shared machine", sentence: "another run shared the machine with 2 of the runs" },
    ]);
  });
});
