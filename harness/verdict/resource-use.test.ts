import { describe, expect, it } from "vitest";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import { resourceUse } from "./limiting.ts";
import { LIMITS } from "./limits.ts";
import { sampleScenario } from "./sample-scenario.ts";

const machine = { ...sampleFingerprint().machine, cpus: 2 };
/** Values from second 1 on, one a second. */
type Levels = Readonly<Record<string, readonly number[]>>;

const used = (levels: Levels, stretch = { from: 0, to: 100 }) => {
  const resources = Object.entries(levels).map(([key, values]) => {
    const [part = "", metric = ""] = key.split(".");
    return { part, metric, points: values.map((value, at) => [at + 1, value] as const) };
  });
  return resourceUse(sampleScenario({ resources }), machine, stretch);
};
const without = (levels: Levels, key: string): Levels =>
  Object.fromEntries(Object.entries(levels).filter(([name]) => name !== key));

/** A quota that was lowered to one CPU, and counters that had counted before. */
const quota = (cpu: number, throttled: number, part = "service"): Levels => ({
  [`${part}.cpu`]: [cpu, cpu, cpu],
  [`${part}.cpu_limit`]: [2, 2, 1],
  [`${part}.periods`]: [100, 110, 200],
  [`${part}.throttled_periods`]: [7, 7, 7 + throttled],
});
const pool = (inUse: readonly number[], waiting: readonly number[]): Levels => ({
  "service.pool_size": [8, 4, 2],
  "service.pool_in_use": inUse,
  "service.pool_waiting": waiting,
});
const memory = (...values: readonly number[]): Levels => ({
  "service.memory_limit": [200, 150, 100],
  "service.memory": values,
});

describe("what a resource was used for", () => {
  it("is the mean CPU against the quota that holds in the end, and the share of periods in which it was used up", () => {
    expect(used(quota(0.456, 5))).toEqual([
      {
        resource: "service CPU quota",
        share: 0.456,
        exhausted: false,
        evidence: "the service used 0.46 of its 1 CPUs, and was throttled in 5 % of its periods",
      },
    ]);
    expect(used({ ...quota(0.25, 50, "postgres"), ...quota(0.5, 0, "redis") })).toMatchObject([
      { resource: "postgres CPU quota", evidence: expect.stringMatching(/^the postgres used 0.25 .* in 50 % of its/) },
      { resource: "redis CPU quota", evidence: expect.stringMatching(/^the redis used 0.5 .* in 0 % of its/) },
    ]);
  });

  it("is the time that the busiest thread worked", () => {
    expect(used({ "service.busiest_thread": [0.5, 1], "redis.busiest_thread": [0.25, 0.5] })).toEqual([
      {
        resource: "service thread",
        share: 0.75,
        exhausted: false,
        evidence: "one thread of the service worked for 75 % of the time",
      },
      {
        resource: "redis thread",
        share: 0.375,
        exhausted: false,
        evidence: "one thread of the redis worked for 38 % of the time",
      },
    ]);
  });

  it("is the mean of the connections in use, and of the requests that waited for one", () => {
    expect(used(pool([1, 2, 2], [0, 40, 83]))).toEqual([
      {
        resource: "connection pool",
        share: 5 / 3 / 2,
        exhausted: true,
        evidence: "1.7 of 2 connections were in use, and 41 requests waited for one",
      },
    ]);
  });

  it("is the most memory that was held", () => {
    expect(used(memory(40, 80, 60))).toEqual([
      {
        resource: "service memory",
        share: 0.8,
        exhausted: false,
        evidence: "the service's memory reached 80 % of its limit",
      },
    ]);
  });

  it("is the CPU of the whole machine, with what each part took of it", () => {
    const parts = { "service.cpu": [0.5], "postgres.cpu": [0.25], "redis.cpu": [0.125], "k6.cpu": [0.3] };
    expect(used({ "machine.cpu": [1, 1.5], ...parts })).toEqual([
      {
        resource: "machine CPU",
        share: 0.625,
        exhausted: false,
        evidence:
          "all programs together used 1.25 of 2 CPUs, interrupts not counted (service 0.5, postgres 0.25, redis 0.13, k6 0.3)",
      },
    ]);
  });

  it("counts from the beginning of the stretch to before its end", () => {
    const busy = { "service.busiest_thread": [0, 0.5, 0.25, 0] };
    expect(used(busy, { from: 2, to: 4 })[0]?.share).toBe(0.375);
    expect(used(busy, { from: 2.5, to: 4.5 })[0]?.share).toBe(0.125);
  });

  it.each([
    ["quota", quota(0.5, 5)],
    ["pool", pool([1, 1], [1, 1])],
    ["memory", memory(50)],
  ])("is not known of a %s where anything of it was not sampled", (_, levels) => {
    expect(used(levels)).toHaveLength(1);
    for (const key of Object.keys(levels)) {
      if (key !== "service.throttled_periods") expect(used(without(levels, key)), key).toEqual([]);
    }
  });

  it("is not known of a quota without periods, nor of a pool without connections", () => {
    expect(used({ ...quota(0.5, 0), "service.periods": [9, 9, 9] })).toEqual([]);
    expect(used({ ...pool([1], [1]), "service.pool_size": [2, 0] })).toEqual([]);
  });

  it("takes a quota whose throttling is not counted for one that never throttled", () => {
    expect(used(without(quota(0.5, 90), "service.throttled_periods"))[0]).toMatchObject({
      exhausted: false,
      evidence: "the service used 0.5 of its 1 CPUs, and was throttled in 0 % of its periods",
    });
  });
});

describe("a resource is used up", () => {
  const named = 100 * LIMITS.throttledNamed;
  it.each<[string, string, Levels, Levels]>([
    ["a quota", "when it throttled in more than a tenth of the periods", quota(0.5, named), quota(0.5, named + 1)],
    [
      "a quota",
      "when more than nine tenths of it were used, though it seldom throttled",
      quota(0.9, 3),
      quota(0.91, 3),
    ],
    [
      "a thread",
      "when it worked for more than nine tenths of the time",
      { "service.busiest_thread": [0.9] },
      { "service.busiest_thread": [0.91] },
    ],
    ["a pool", "when somebody waited at more than half of the looks", pool([2, 2], [0, 9]), pool([2, 2, 2], [0, 1, 1])],
    ["a pool", "when more than half of it was in use", pool([1, 1], [9, 9]), pool([1, 1.1], [9, 9])],
    ["memory", "when it came to more than 95 % of the limit", memory(95, 2), memory(96, 2)],
    [
      "the machine",
      "when more than four fifths of it were used, for interrupts are not counted",
      { "machine.cpu": [1.6] },
      { "machine.cpu": [1.61] },
    ],
  ])("%s %s", (_, __, at, beyond) => {
    expect(used(at).map(({ exhausted }) => exhausted)).toEqual([false]);
    expect(used(beyond).map(({ exhausted }) => exhausted)).toEqual([true]);
  });
});
