import { describe, expect, it } from "vitest";
import type { EndpointRecord, HistogramRecord, LatencySummary, ScenarioRecord } from "../collect/record.ts";
import type { MetricName, Statistic } from "../plan/metrics.ts";
import { endpointFigure, type Figure, scenarioFigure } from "./budgets.ts";
import { endpoint, scenarioRecord, stream } from "./sample-browse.ts";

const SUMMARY: LatencySummary = { count: 100, mean: 40, min: 10, max: 90, p50: 30, p75: 45, p90: 60, p95: 70, p99: 80 };
/** Buckets of 1–2, 2–4 and 4–8 ms. */
const HISTOGRAM: HistogramRecord = {
  scale: 0,
  offset: 0,
  counts: [50, 40, 10],
  zeroCount: 0,
  count: 100,
  sum: 260,
  min: 1.5,
  max: 7,
};
const { p75: _, ...OLD_SUMMARY } = SUMMARY;

/** Around it what has to be left alone: its own warm-up, and another endpoint. */
const recordOf = (change: Partial<EndpointRecord>, more: Partial<ScenarioRecord> = {}) =>
  scenarioRecord({
    endpoints: [
      endpoint({ phase: "warmup", requests: 7, failed: 3, dropped: 2, latency: { ...SUMMARY, p95: 1 } }),
      endpoint({ endpoint: "other", requests: 500, failed: 50, dropped: 1, latency: { ...SUMMARY, p95: 2 } }),
      endpoint({ latency: SUMMARY, histogram: HISTOGRAM, ...change }),
    ],
    ...more,
  });
const ofEndpoint = (metric: MetricName, statistic: Statistic, record: ScenarioRecord, name = "cart.read"): Figure =>
  endpointFigure(name, { metric, statistic, text: "" }, record);
const ofScenario = (metric: MetricName, statistic: Statistic, record: ScenarioRecord, text = ""): Figure =>
  scenarioFigure({ metric, statistic, text }, record);

describe("the latency of an endpoint", () => {
  it.each([
    ["p50", 30],
    ["p75", 45],
    ["p95", 70],
    ["p99", 80],
    ["mean", 40],
    ["min", 10],
    ["max", 90],
  ] as const)("is k6's own figure where nothing was dropped: %s", (statistic, value) => {
    expect(ofEndpoint("latency", statistic, recordOf({}))).toStrictEqual({ measured: { value }, count: 100 });
  });

  it.each([
    ["p50", { lower: 1.5, upper: 4 }],
    ["p95", { lower: 4, upper: 7 }],
    ["mean", { value: 40 }],
    ["max", { value: 90 }],
  ] as const)("has the edges of a bucket where a percentile is known from a histogram: %s", (statistic, measured) => {
    const figure = ofEndpoint("latency", statistic, recordOf({ source: "histogram" }));
    expect(figure).toStrictEqual({ measured, count: 100 });
  });

  it("of a percentile that earlier versions did not keep comes from the histogram, or has no bounds", () => {
    const old = ofEndpoint("latency", "p75", recordOf({ latency: OLD_SUMMARY }));
    expect(old).toStrictEqual({ measured: { lower: 2, upper: 4 }, count: 100 });
    const bare = scenarioRecord({ endpoints: [endpoint({ latency: OLD_SUMMARY })] });
    const nothing = { measured: { lower: 0, upper: Number.POSITIVE_INFINITY }, count: 100 };
    expect(ofEndpoint("latency", "p75", bare)).toStrictEqual(nothing);
  });

  const because = "25 dropped iterations count as answers that never came";
  it.each([
    // 0.5 × 125 ÷ 100: the value of rank 62 of 100.
    ["p50", { lower: 2, upper: 4 }],
    ["mean", { lower: 40, upper: Number.POSITIVE_INFINITY }],
    ["max", { lower: 90, upper: Number.POSITIVE_INFINITY }],
  ] as const)("counts drops as answers that never came: %s", (statistic, measured) => {
    const figure = ofEndpoint("latency", statistic, recordOf({ dropped: 25 }));
    expect(figure).toStrictEqual({ measured, count: 125, because });
  });

  it("has a minimum whatever was dropped: what never came is not the fastest answer", () => {
    const figure = ofEndpoint("latency", "min", recordOf({ dropped: 25 }));
    expect(figure).toStrictEqual({ measured: { value: 10 }, count: 125 });
  });

  it("is beyond every bound from where the drops reach into the percentile, and longer than the slowest answer", () => {
    const dropped = (answers: number, drops: number) =>
      ofEndpoint("latency", "p95", recordOf({ dropped: drops, latency: { ...SUMMARY, count: answers } }));
    expect(dropped(95, 5)).toStrictEqual({
      measured: { lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY },
      count: 100,
      slowest: 90,
      because: "5 dropped iterations count as answers that never came",
    });
    expect(dropped(96, 4)).toStrictEqual({
      measured: { lower: 4, upper: 7 },
      count: 100,
      because: "4 dropped iterations count as answers that never came",
    });
  });

  it("is not known where no request succeeded, and has no figure where none was made", () => {
    const { latency: _, ...failed } = endpoint({ dropped: 3 });
    const record = scenarioRecord({ endpoints: [failed] });
    const nothing = { measured: undefined, count: 3, because: "no request succeeded" };
    expect(ofEndpoint("latency", "p95", record)).toStrictEqual(nothing);
    for (const metric of ["latency", "error_rate", "request_rate"] as const) {
      expect(ofEndpoint(metric, "p95", record, "cart.write")).toStrictEqual({ measured: undefined, count: 0 });
    }
  });
});

describe("other figures of an endpoint", () => {
  it("are the share of requests that failed or were never sent, and the rate of those that succeeded", () => {
    const record = recordOf({ requests: 1000, failed: 20, dropped: 10 });
    expect(ofEndpoint("error_rate", "value", record)).toStrictEqual({ measured: { value: 30 / 1010 }, count: 1010 });
    expect(ofEndpoint("request_rate", "value", record)).toStrictEqual({ measured: { value: 98 }, count: 980 });
    const never = recordOf({ requests: 0 }, { measuredSeconds: 0 });
    expect(ofEndpoint("error_rate", "value", never)).toStrictEqual({ measured: undefined, count: 0 });
    expect(ofEndpoint("request_rate", "value", never)).toStrictEqual({ measured: undefined, count: 0 });
  });

  const measures: ScenarioRecord["measures"] = [
    { metric: "scheduled_latency", statistic: "p50", value: 1, count: 9, endpoint: "cart.read" },
    { metric: "ttft", statistic: "p95", value: 2, count: 9, endpoint: "cart.read" },
    { metric: "scheduled_latency", statistic: "p95", value: 3, count: 9, endpoint: "other" },
    { metric: "scheduled_latency", statistic: "p95", value: 4, count: 90, endpoint: "cart.read" },
    {
      metric: "sql_statements",
      statistic: "mean",
      value: 3,
      count: 20,
      endpoint: "cart.read",
      range: { lower: 2, upper: 4 },
      evidence: "3 × SELECT",
    },
  ];

  it("are measures of its own, with their range and what they are made of", () => {
    const record = recordOf({ dropped: 5 }, { measures });
    expect(ofEndpoint("scheduled_latency", "p95", record)).toStrictEqual({ measured: { value: 4 }, count: 90 });
    expect(ofEndpoint("ttft", "p95", record)).toStrictEqual({ measured: { value: 2 }, count: 9 });
    expect(ofEndpoint("sql_statements", "mean", record)).toStrictEqual({
      measured: { lower: 2, upper: 4 },
      count: 20,
      evidence: "3 × SELECT",
    });
    expect(ofEndpoint("sql_rows", "mean", record)).toStrictEqual({
      measured: undefined,
      count: 0,
      because: "sql_rows was not measured in this environment",
    });
  });

  const upper = Number.POSITIVE_INFINITY;
  const because = "iterations were dropped, and from the first on their intended starts are not known";
  it.each<readonly [string, Statistic, Partial<EndpointRecord>, object]>([
    ["the percentile of its requests", "p50", { dropped: 25 }, { measured: { lower: 2, upper }, count: 125 }],
    ["its fastest request", "min", { dropped: 25 }, { measured: { lower: 10, upper }, count: 125 }],
    ["its slowest request", "p95", { dropped: 25 }, { measured: { lower: upper, upper }, count: 125, slowest: 90 }],
  ])("are latencies from the intended start of at least %s, once iterations were dropped", (_, of, change, figure) => {
    expect(ofEndpoint("scheduled_latency", of, recordOf(change))).toStrictEqual({ ...figure, because });
  });

  it("are latencies from the intended start of which nothing is known where nothing was answered or measured", () => {
    const { latency: _, ...failed } = endpoint({ dropped: 3 });
    const record = scenarioRecord({ endpoints: [failed] });
    expect(ofEndpoint("scheduled_latency", "p95", record)).toStrictEqual({
      measured: { lower: 0, upper },
      count: 3,
      because,
    });
    const unmeasured = {
      measured: undefined,
      count: 0,
      because: "scheduled_latency was not measured in this environment",
    };
    expect(ofEndpoint("scheduled_latency", "p95", recordOf({}))).toStrictEqual(unmeasured);
    expect(ofEndpoint("scheduled_latency", "p95", record, "cart.write")).toStrictEqual(unmeasured);
  });
});

describe("the figures of a scenario", () => {
  const record = recordOf(
    { requests: 1000, failed: 20, dropped: 10 },
    {
      latency: { latency: SUMMARY, histogram: HISTOGRAM },
      iterations: [stream(900, 3), stream(600, 22)],
      measures: [
        { metric: "service_rss", statistic: "max", value: 7, count: 10, endpoint: "cart.read" },
        { metric: "service_rss", statistic: "max", value: 8, count: 12 },
        { metric: "k6_threshold", statistic: "value", value: 5, count: 40, endpoint: "http_reqs: count>5" },
      ],
    },
  );

  it("are those of all measured requests together, and of every dropped iteration once", () => {
    expect(ofScenario("latency", "p50", record)).toStrictEqual({
      measured: { lower: 2, upper: 4 },
      count: 125,
      because: "25 dropped iterations count as answers that never came",
    });
    // 1,500 requests of two endpoints, of which 70 failed, and 25 drops.
    expect(ofScenario("error_rate", "value", record)).toStrictEqual({ measured: { value: 95 / 1525 }, count: 1525 });
    expect(ofScenario("request_rate", "value", record)).toStrictEqual({ measured: { value: 143 }, count: 1430 });
    expect(ofScenario("dropped_iterations", "value", record)).toStrictEqual({ measured: { value: 25 }, count: 1500 });
  });

  it("have no latency where no request succeeded", () => {
    expect(ofScenario("latency", "p50", recordOf({}))).toStrictEqual({ measured: undefined, count: 0 });
  });

  it("are measures of no endpoint, and thresholds by their text", () => {
    expect(ofScenario("service_rss", "max", record)).toStrictEqual({ measured: { value: 8 }, count: 12 });
    const threshold = ofScenario("k6_threshold", "value", record, "http_reqs: count>5");
    expect(threshold).toStrictEqual({ measured: { value: 5 }, count: 40 });
  });

  it("are slopes of what was sampled while it was measured", () => {
    const seconds = Array.from({ length: 120 }, (_, second) => second);
    const soak = scenarioRecord({
      series: seconds.map((second) => ({ endpoint: "a", phase: "measured", second, requests: 9, failed: 0 })),
      resources: [
        { part: "service", metric: "rss", points: seconds.map((second) => [second, 1000 + second] as const) },
      ],
    });
    // The last two thirds of two minutes.
    expect(ofScenario("service_rss", "slope", soak)).toStrictEqual({
      measured: { lower: 3600, upper: 3600 },
      count: 80,
    });
  });
});
