import { describe, expect, it } from "vitest";
import type { MetricName } from "../plan/metrics.ts";
import { FROM, sampledAs, soak } from "./sample-soak.ts";
import { slopeFigure } from "./slope.ts";

/** Bytes a second: a slope that binary fractions hold. */
const PACE = 1024;
const leak = (second: number) => 1e8 + PACE * second;
const GROWS = { lower: PACE * 3600, upper: PACE * 3600 };
const because = (...of: Parameters<typeof soak>) => slopeFigure({ metric: "service_rss" }, soak(...of), []).because;
const figure = (...of: Parameters<typeof soak>) => slopeFigure({ metric: "service_rss" }, soak(...of), []);

describe("the judged part of a soak", () => {
  it("is its last two thirds, from the first sample in them to the end of the load", () => {
    // Seconds 60 to 180 of the measured phase; it was something else before the load and after it.
    const jumping = sampledAs("rss", (second) => (second < 0 || second > 180 ? 5e9 : leak(second)), { until: 200 });
    expect(figure(180, [jumping])).toStrictEqual({ measured: GROWS, count: 121 });
  });

  it("begins later where growth slows down", () => {
    // Ever slower for 425 s: the last 350 s still show it, the last 300 s begin to go on as they end.
    const filling = sampledAs("rss", (second) => leak(second) - (PACE * Math.max(0, 425 - second) ** 2) / 100);
    expect(figure(600, [filling])).toMatchObject({ measured: { lower: GROWS.lower }, count: 301 });
  });

  it("is not one that shrinks faster and faster", () => {
    const shrinking = sampledAs("rss", (second) => 1e9 - second * second);
    expect(figure(180, [shrinking])).toMatchObject({ count: 121 });
  });

  it("is read from the service's own series, whatever else is sampled", () => {
    const others = [sampledAs("rss", () => 1, { part: "redis" }), sampledAs("heap_used", () => 2)];
    expect(figure(180, [...others, sampledAs("rss", leak)])).toStrictEqual({ measured: GROWS, count: 121 });
  });

  it.each<[MetricName, string]>([
    ["service_rss", "rss"],
    ["service_heap", "heap_used"],
    ["service_live_heap", "heap_live"],
    ["service_memory", "memory"],
    ["event_loop_delay", "event_loop_delay"],
  ])("of %s is read from %s", (metric, series) => {
    const record = soak(180, [sampledAs(series, leak)]);
    expect(slopeFigure({ metric }, record, [])).toStrictEqual({ measured: GROWS, count: 121 });
  });

  it("may be sampled seldom: then nobody asks whether growth slows down", () => {
    expect(figure(600, [sampledAs("rss", leak, { every: 30 })])).toStrictEqual({ measured: GROWS, count: 13 });
  });

  it("may end before the load, by a tenth of it", () => {
    expect(figure(180, [sampledAs("rss", leak, { until: 162 })]).measured).toEqual(GROWS);
    expect(because(180, [sampledAs("rss", leak, { until: 161 })])).toBe(
      "service_rss was measured for the first 2.68 min of 3 min alone",
    );
  });

  it("is a minute at least, or nearly", () => {
    expect(figure(90, [sampledAs("rss", leak, { until: 87 })]).measured).toEqual(GROWS);
    expect(because(90, [sampledAs("rss", leak, { until: 86 })])).toBe(
      "service_rss has too few samples in these 90 s for a slope",
    );
    expect(because(85, [sampledAs("rss", leak)])).toBe(
      "85 s are too short for a slope: it needs 90 s at least, better ten minutes",
    );
  });
});

describe("nothing is said of growth", () => {
  it("where growth never stops to slow down", () => {
    const filling = sampledAs("rss", (second) => 1e8 * (1 - Math.exp(-second / 600)));
    expect(figure(600, [filling])).toStrictEqual({
      measured: undefined,
      count: 0,
      because: "service_rss was still filling up: soak for several times as long as the 10 min here",
    });
  });

  it("with fewer than ten stretches that have a sample", () => {
    expect(because(600, [sampledAs("rss", leak, { every: 50 })])).toBe(
      "service_rss has too few samples in these 10 min for a slope",
    );
  });

  it("where it was not sampled, or before the load alone", () => {
    const unknown = "service_rss was not measured in this environment";
    expect(because(180, [])).toBe(unknown);
    expect(because(180, [sampledAs("rss", leak, { until: -1 })])).toBe(unknown);
    expect(because(180, [{ part: "service", metric: "rss", points: [[FROM, 1]] }])).toBe(
      "service_rss was measured for the first 0 s of 3 min alone",
    );
    expect(slopeFigure({ metric: "latency" }, soak(180, [sampledAs("rss", leak)]), []).because).toBe(
      "latency was not measured in this environment",
    );
  });
});
