import { describe, expect, it } from "vitest";
import { type K6Summary, parseK6Summary } from "../collect/k6-summary.ts";
import type { EndpointPlan } from "../plan/plan.ts";
import { instrumentOf, pairFigures, requestsOf } from "./pair-figures.ts";

const endpoint = (name: string, group: string): EndpointPlan => ({
  name,
  method: "GET",
  path: `/${name}`,
  class: group,
  classTitle: group,
  budgets: [],
});
const SCENARIO = {
  endpoints: [endpoint("items.read", "read")],
  streams: [{ name: "main", exec: "main", measured: { model: "open", rate: 1, seconds: 1, vus: 1 }, calls: {} }],
} as const;

function summaryOf(
  trends: Readonly<Record<string, readonly [count: number, med: number, p95: number]>>,
  counters: Readonly<Record<string, number>>,
): K6Summary {
  const metrics = {
    ...Object.fromEntries(
      Object.entries(trends).map(([key, [count, med, p95]]) => [
        key,
        { type: "trend", values: { count, avg: med, min: 0, med, max: p95, "p(90)": p95, "p(95)": p95, "p(99)": p95 } },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(counters).map(([key, count]) => [key, { type: "counter", values: { count } }]),
    ),
  };
  return parseK6Summary({ state: { testRunDurationMs: 1000 }, metrics }, "test");
}

const latency = (tags: string) => `latency{${tags}}`;
const SUMMARY = summaryOf(
  {
    [latency("class:read,phase:measured,side:base")]: [300, 2, 4],
    [latency("class:read,phase:measured,side:head")]: [297, 3, 6],
    [latency("name:items.read,phase:measured,side:base")]: [71, 2, 4],
    [latency("name:items.read,phase:measured,side:head")]: [300, 3, 6],
    [latency("phase:measured,side:base")]: [300, 2, 4],
    [latency("phase:measured,side:head")]: [297, 3, 6],
    "canary_latency{phase:measured}": [98, 1, 2],
    "start_lag{phase:measured}": [300, 1, 2],
  },
  {
    "http_reqs{class:read,phase:measured,side:base}": 300,
    "http_reqs{class:read,phase:measured,side:head}": 300,
    "http_reqs{phase:measured,side:base}": 300,
    "http_reqs{phase:measured,side:head}": 300,
    "http_reqs{phase:canary}": 100,
    "dropped_iterations{scenario:main}": 4,
  },
);

describe("the figures of a start", () => {
  const measured = {
    base: {
      summary: SUMMARY,
      parts: { service: { cpu: 600e6, rss: 100 }, postgres: { cpu: 3e7 }, redis: { cpu: 3e6 } },
    },
    head: { summary: SUMMARY, parts: { service: { cpu: 660e6, rss: 110 }, postgres: {}, redis: { cpu: 5e6 } } },
  };
  const figures = pairFigures(SCENARIO, measured);
  const find = (kind: string, metric: string, statistic: string) =>
    figures.find((one) => one.subject.kind === kind && one.metric === metric && one.statistic === statistic);

  it("take each side's median from its own requests, and its count with it", () => {
    expect(find("class", "latency", "p50")).toMatchObject({ base: 2, head: 3, count: { base: 300, head: 297 } });
  });

  it("leave out a quantile of too few requests on either side", () => {
    expect(find("class", "latency", "p95")).toBeDefined();
    // 300 are enough for p95 and too few for p99; 71 are one too few for anything.
    expect(find("class", "latency", "p99")).toBeUndefined();
    expect(find("endpoint", "latency", "p50")).toBeUndefined();
  });

  it("hold what failed against what was sent, and share CPU time out over the requests that k6 counted", () => {
    expect(find("class", "error_rate", "value")).toMatchObject({ base: 0, head: 0.01 });
    expect(find("service", "cpu_time", "mean")).toMatchObject({ base: 2e6, head: 2.2e6 });
    expect(find("service", "service_rss", "max")).toMatchObject({ base: 100, head: 110 });
    expect(requestsOf(SCENARIO, measured.head, "head")).toEqual({ sent: 300, failed: 3, dropped: 4 });
  });

  it("have nothing about a part that only one side could be asked about", () => {
    expect(figures.filter(({ subject }) => subject.name === "postgres")).toEqual([]);
  });
});

describe("the CPU of a database", () => {
  const cpuOf = (base: number, head: number) =>
    pairFigures(SCENARIO, {
      base: { summary: SUMMARY, parts: { postgres: { cpu: base } } },
      head: { summary: SUMMARY, parts: { postgres: { cpu: head } } },
    }).filter(({ subject }) => subject.name === "postgres");

  it("is left out where it is no more than what an idle one uses, and not where one side asks it much more", () => {
    expect(cpuOf(1e6, 4e6)).toEqual([]);
    expect(cpuOf(3e6, 300e6)).toHaveLength(1);
    expect(cpuOf(300e6, 3e6)).toHaveLength(1);
  });
});

describe("the instrument of a start", () => {
  const generator = { cpuSeconds: 1, wallSeconds: 2, allowedCores: 2, peakRssBytes: 3 };

  it("is what the canary saw, with the requests that it did not get an answer to", () => {
    const { canary, startLag } = instrumentOf(SUMMARY, { dropped: 0, generator, serviceMode: [] });
    expect(canary).toEqual({ count: 98, failed: 2, dropped: 0, p50: 1, p95: 2, p99: 2, max: 2 });
    expect(startLag).toEqual({ count: 300, p50: 1, p99: 2, max: 2 });
  });

  it("has no start lag once an iteration was dropped: from then on it means nothing", () => {
    expect(instrumentOf(SUMMARY, { dropped: 1, generator, serviceMode: [] }).startLag).toBeUndefined();
  });
});
