import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndpointRecord, HistogramRecord } from "../../collect/record.ts";
import { sampleRun } from "../sample.ts";
import { histogramBars, histogramPlot, nines, percentilePlot } from "./distribution.ts";
import { latencyPlot, loadPlots, ratePlot } from "./over-time.ts";
import { scenarioPlots } from "./plots.ts";
import { secondsOf, thin } from "./thin.ts";

const { plan, record } = sampleRun("fail");
const [scenario] = record.scenarios;
const [planned] = plan.scenarios;
if (scenario === undefined || planned === undefined) {
  throw new TypeError("the sample is empty");
}
const create = planned.endpoints.find((endpoint) => endpoint.name === "projects.create");
const measured = scenario.endpoints.find((entry) => entry.endpoint === "projects.create" && entry.phase === "measured");
const budgets = create?.budgets ?? [];

const histogram = (counts: readonly number[], change: Partial<HistogramRecord> = {}): HistogramRecord => ({
  scale: 3,
  offset: -5,
  counts,
  zeroCount: 0,
  count: counts.reduce((total, count) => total + count, 0),
  sum: 1,
  min: 0.7,
  max: 90,
  ...change,
});
const endpoint = (change: Partial<EndpointRecord>): EndpointRecord => ({
  endpoint: "a",
  phase: "measured",
  requests: 1,
  failed: 0,
  dropped: 0,
  byStatus: {},
  byError: {},
  source: "exact",
  ...change,
});

describe("the latency distribution", () => {
  it("has at most 72 bars that touch each other, and loses no request", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { maxLength: 640 }),
        fc.integer({ min: -700, max: 700 }),
        fc.integer({ min: 0, max: 20 }),
        fc.nat(50),
        (counts, offset, scale, zeroCount) => {
          const bars = histogramBars(histogram(counts, { offset, scale, zeroCount }));
          expect(bars.length).toBeLessThanOrEqual(72);
          expect(bars.reduce((total, bar) => total + bar.count, 0)).toBe(
            counts.reduce((total, count) => total + count, 0) + zeroCount,
          );
          expect(bars.slice(1).every((bar, index) => bar.from === bars[index]?.to)).toBe(true);
        },
      ),
    );
  });

  it("stands over the right latencies", () => {
    const [first] = histogramBars(histogram([7], { scale: 0, offset: 6 }));
    expect(first).toEqual({ from: 64, to: 128, count: 7 });
  });

  it("has the budgets drawn in, in the same logarithm", () => {
    const limits = measured === undefined ? [] : (histogramPlot("x", measured, budgets)?.limits ?? []);
    expect(limits.filter(({ level }) => level !== "mark")).toEqual([
      { axis: "x", value: Math.log10(200), level: "target", label: "p95 target 200 ms", until: nines(0.95) },
      { axis: "x", value: Math.log10(500), level: "max", label: "p95 max 500 ms", until: nines(0.95) },
      { axis: "x", value: Math.log10(2000), level: "max", label: "p99 < 2 s", until: nines(0.99) },
    ]);
  });
});

describe("latency by percentile", () => {
  const plot = measured === undefined ? undefined : percentilePlot("x", measured, budgets);
  const [line, exact] = plot?.series ?? [];

  it("never falls, and ends at the exact maximum", () => {
    const values = (line?.values ?? []).filter((value) => value !== null);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.at(-1)).toBe(measured?.latency?.max);
  });

  it("passes within a bucket of k6's exact percentiles, which are drawn as dots", () => {
    const at = (q: number) => plot?.xs.findIndex((x) => Math.abs(x - nines(q)) < 1e-9) ?? -1;
    expect(exact?.values[at(0.95)]).toBe(measured?.latency?.p95);
    const after = line?.values.slice(at(0.95)).find((value) => value !== null) ?? 0;
    expect(after / (measured?.latency?.p95 ?? 1)).toBeGreaterThan(0.97);
    expect(after / (measured?.latency?.p95 ?? 1)).toBeLessThan(1.05);
  });

  it("is drawn from the few exact percentiles where there is no histogram", () => {
    const latency = { count: 400, mean: 2, min: 1, max: 9, p50: 2, p90: 3, p95: 4, p99: 8 };
    expect(percentilePlot("x", endpoint({ latency }), [])?.series[0]?.values).toEqual([2, 3, 4, 8, 9]);
  });

  it("is not drawn where no request succeeded", () => {
    expect(percentilePlot("x", endpoint({}), [])).toBeUndefined();
    expect(histogramPlot("x", endpoint({ histogram: histogram([]) }), [])).toBeUndefined();
  });
});

describe("time series", () => {
  it("hold the figures of the record, the warm-up shaded", () => {
    const windows = scenario.series.filter((window) => window.endpoint === "projects.create");
    const latency = latencyPlot("x", "projects.create", scenario, budgets);
    expect(latency?.series.map((series) => series.label)).toEqual(["p99", "p95", "p50"]);
    expect(latency?.series[0]?.values).toEqual(windows.map((window) => window.p99));
    expect(latency?.shade).toEqual([0, 10]);
    expect(latency?.limits.map(({ label }) => label)).toEqual(["p95 target 200 ms", "p95 max 500 ms", "p99 < 2 s"]);
    expect(ratePlot("x", "projects.create", scenario, [])?.series[0]?.values).toEqual(
      windows.map((window) => window.requests),
    );
  });

  it("show a gap where there was no answer, and add up a second that both phases share", () => {
    const window = { endpoint: "a", requests: 4, failed: 1, p50: 1, p95: 2, p99: 3 };
    const shared = {
      ...scenario,
      series: [
        { ...window, phase: "warmup" as const, second: 9, p99: 50 },
        { ...window, phase: "measured" as const, second: 9 },
        { endpoint: "a", phase: "measured" as const, second: 12, requests: 2, failed: 2 },
      ],
    };
    expect(latencyPlot("x", "a", shared, [])?.series[0]?.values).toEqual([3, null, null, null]);
    expect(ratePlot("x", "a", shared, [])?.series.map((series) => series.values)).toEqual([
      [8, 0, 0, 2],
      [2, 0, 0, 2],
    ]);
  });

  it("of hours keep the worst of every stretch", () => {
    const xs = secondsOf(Array.from({ length: 3600 }, (_, second) => second));
    const spike = xs.map((second) => (second === 1801 ? 999 : second === 7 ? null : 5));
    const thinned = thin(xs, [spike]);
    expect(thinned.per).toBe(4);
    expect(thinned.xs).toHaveLength(900);
    expect(thinned.values[0]).toContain(999);
    expect(thinned.values[0]?.[1]).toBe(5);
  });

  it("of the load show dropped iterations only where there were any", () => {
    const labels = (kind: "pass" | "saturated") => {
      const [first] = sampleRun(kind).record.scenarios;
      return first === undefined ? [] : loadPlots("x", first, [])[0]?.series.map((series) => series.label);
    };
    expect(labels("pass")).toEqual(["requests/s", "errors/s"]);
    expect(labels("saturated")).toEqual(["requests/s", "errors/s", "dropped/s"]);
  });
});

describe("all plots of a scenario", () => {
  const plots = scenarioPlots("s", scenario, plan);

  it("are four for each endpoint, and one for each kind of resource, with ids of their own", () => {
    expect(plots.endpoints.map(({ plots }) => plots.length)).toEqual([4, 4, 4, 4, 4]);
    expect(plots.whole.map((plot) => plot.title)).toEqual([
      "Load: all endpoints",
      "Virtual users in use",
      "CPU, cores in use",
      "Resident memory",
      "Database connections",
      "Event-loop delay",
      "Cache hits among look-ups",
    ]);
    const ids = [...plots.endpoints.flatMap((each) => each.plots), ...plots.whole].map((plot) => plot.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("draw a metric that nobody knows in a chart of its own, and nothing from before the load", () => {
    const resources = [{ part: "service", metric: "queue_depth", points: [[-3, 99] as const, [1, 2] as const] }];
    const chart = scenarioPlots("s", { ...scenario, resources }, plan).whole.at(-1);
    expect(chart).toMatchObject({ title: "queue_depth", xs: [1], series: [{ label: "service", values: [2] }] });
  });
});
