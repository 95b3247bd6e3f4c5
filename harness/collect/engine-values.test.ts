import { describe, expect, it } from "vitest";
import type { PartUsage } from "../environment/environment.ts";
import { engineValues } from "./engine-values.ts";
import { resourceMeasures } from "./resource-measures.ts";

const usage = (change: Partial<PartUsage>): PartUsage => ({
  cpuSeconds: 1,
  periods: 10,
  throttledPeriods: 5,
  throttledSeconds: 0.2,
  memoryBytes: 100,
  memoryPeakBytes: 200,
  memoryLimitBytes: 400,
  readBytes: 1000,
  writtenBytes: 0,
  ...change,
});

describe("what a container engine counts, as samples", () => {
  const first = { at: 1000, usage: { service: usage({}) } };

  it("has sizes, limits and counters from the first look on, and rates from the second", () => {
    expect(engineValues(undefined, first, { service: 0.5 })).toEqual({
      "service.memory": 100,
      "service.memory_peak": 200,
      "service.memory_limit": 400,
      "service.cpu_limit": 0.5,
      "service.periods": 10,
      "service.throttled_periods": 5,
      "service.throttled_seconds": 0.2,
    });
    const later = usage({ cpuSeconds: 2, periods: 30, throttledPeriods: 20, readBytes: 5000 });
    expect(engineValues(first, { at: 3000, usage: { service: later } }, {})).toMatchObject({
      "service.throttled_share": 0.75,
      "service.cpu": 0.5,
      "service.read_bytes": 2000,
      "service.written_bytes": 0,
    });
  });

  it("counts a container that was started anew from its own beginning", () => {
    const anew = { at: 2000, usage: { service: usage({ cpuSeconds: 0.1, periods: 2, throttledPeriods: 0 }) } };
    const values = engineValues(first, anew, {});
    expect(values["service.periods"]).toBe(2);
    expect(values["service.throttled_share"]).toBeUndefined();
    expect(values["service.cpu"]).toBeUndefined();
  });

  it("says nothing of a quota where there is none", () => {
    const free = { at: 1000, usage: { redis: usage({ periods: 0, throttledPeriods: 0 }) } };
    expect(engineValues(free, { ...free, at: 2000 }, {})["redis.throttled_share"]).toBeUndefined();
  });

  it("gives the share of periods over the load alone, weighted by how many there were", () => {
    const counted = (at: number, periods: number, throttled: number) => ({
      at,
      values: { "service.periods": periods, "service.throttled_periods": throttled },
    });
    // All throttled while warming up; then 10 periods, none, and 30 periods, all.
    const samples = [counted(0, 0, 0), counted(1000, 10, 10), counted(2000, 20, 10), counted(3000, 50, 40)];
    const measures = resourceMeasures(samples, 1000).filter(({ metric }) => metric === "service_throttled_share");
    expect(measures).toEqual([{ metric: "service_throttled_share", statistic: "value", value: 0.75, count: 40 }]);
  });
});
