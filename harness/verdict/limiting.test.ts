import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import { limitingResource, resourceUse } from "./limiting.ts";

const machine = { ...sampleFingerprint().machine, cpus: 2 };
type Levels = Readonly<Record<string, number | ((second: number) => number)>>;

/** As far as it is read here: twenty seconds, of which the first three are warm-up with nothing in use. */
const used = (levels: Levels) => {
  const resources = Object.entries(levels).map(([key, level]) => {
    const [part = "", metric = ""] = key.split(".");
    const at = typeof level === "number" ? () => level : level;
    return { part, metric, points: Array.from({ length: 20 }, (_, s) => [s, s < 3 ? 0 : at(s)] as const) };
  });
  return resourceUse({ resources } as unknown as ScenarioRecord, machine, { from: 3, to: 20 });
};
const named = (failed: Levels, held: Levels) => limitingResource(used(failed), used(held))?.resource;

/** A quota of half a CPU in periods of 100 ms, of which so many were used up. */
const quota = (cpu: number, throttledShare: number): Levels => ({
  "service.cpu": cpu,
  "service.cpu_limit": 0.5,
  "service.periods": (second) => second * 10,
  "service.throttled_periods": (second) => second * 10 * throttledShare,
  "service.busiest_thread": cpu,
});
const pool = (inUse: number, waiting: number): Levels => ({
  "service.pool_size": 2,
  "service.pool_in_use": inUse,
  "service.pool_waiting": waiting,
});

describe("the resource that limits", () => {
  it("is the CPU quota where it is used up, though requests then wait for connections too", () => {
    expect(named({ ...quota(0.5, 0.9), ...pool(2, 300) }, { ...quota(0.46, 0.2), ...pool(0.4, 0) })).toBe(
      "service CPU quota",
    );
  });

  it("is the quota of a burst that is seldom at its end, while the machine is nearly busy as well", () => {
    // As measured at 1,430/s and 1,560/s of the CRUD mix on two cores.
    const failed = { ...quota(0.44, 0.12), "machine.cpu": 1.7, "service.pool_size": 30, "service.pool_in_use": 19 };
    expect(named({ ...failed, "service.pool_waiting": 79 }, { ...quota(0.46, 0.13), "machine.cpu": 1.67 })).toBe(
      "service CPU quota",
    );
  });

  it("is the quota that was nearly used up and seldom throttled, though the pool was full before it was", () => {
    const failed = { ...quota(0.46, 0.07), ...pool(1.9, 440) };
    expect(named(failed, { ...quota(0.4, 0.02), ...pool(1.8, 3) })).toBe("service CPU quota");
    expect(named(failed, {})).toBe("service CPU quota");
    // Of Postgres as well: while it has no CPU, queries take longer, and each holds its connection.
    const ofPostgres = Object.fromEntries(
      Object.entries(quota(0.46, 0.07)).map(([key, level]) => [key.replace("service", "postgres"), level]),
    );
    expect(named({ ...ofPostgres, ...pool(1.9, 440) }, pool(1.8, 3))).toBe("postgres CPU quota");
  });

  it("is the pool where a quota throttled now and then, and most of it was left", () => {
    expect(named({ ...quota(0.3, 0.12), ...pool(2, 40) }, { ...quota(0.28, 0.05), ...pool(1.8, 2) })).toBe(
      "connection pool",
    );
  });

  it("is the pool where all connections are in use and the thread has time left, with and without a quota", () => {
    const threads = { "service.busiest_thread": 0.7, "machine.cpu": 1.2 };
    expect(named({ ...threads, ...pool(2, 40) }, { ...threads, ...pool(1.7, 3) })).toBe("connection pool");
    expect(named({ ...quota(0.3, 0.02), ...pool(2, 40) }, { ...quota(0.28, 0), ...pool(1.8, 2) })).toBe(
      "connection pool",
    );
  });

  it("is the thread where a service of one thread works without pause on a machine with cores to spare", () => {
    expect(named({ "service.busiest_thread": 0.98, "machine.cpu": 1.4 }, { "service.busiest_thread": 0.9 })).toBe(
      "service thread",
    );
  });

  it("is the machine where all cores are busy and no part is at an end of its own", () => {
    const failed = { "machine.cpu": 1.95, "service.busiest_thread": 0.85, "postgres.cpu": 0.6, "k6.cpu": 0.4 };
    expect(named(failed, { ...failed, "machine.cpu": 1.7 })).toBe("machine CPU");
    expect(used(failed).find(({ resource }) => resource === "machine CPU")?.evidence).toBe(
      "all programs together used 1.95 of 2 CPUs, interrupts not counted (postgres 0.6, k6 0.4)",
    );
  });

  it("is the pool where a quota throttled often, and was used for nine tenths and not more", () => {
    const failed = [
      { resource: "service CPU quota", share: 0.9, exhausted: true },
      { resource: "connection pool", share: 0.95, exhausted: true },
    ];
    expect(limitingResource(failed, [])?.resource).toBe("connection pool");
  });

  it.each([
    ["thread", 0.95, 0.7, "machine CPU"],
    ["machine", 0.7, 0.95, "service thread"],
  ])(
    "is, of two that are used up, not the %s that had more to spare while the system kept up",
    (_, machine, thread, name) => {
      const failed = { "machine.cpu": 1.95, "service.busiest_thread": 0.99 };
      expect(named(failed, { "machine.cpu": 2 * machine, "service.busiest_thread": thread })).toBe(name);
    },
  );

  it("is the one that was used most at the failing rate where nothing is known of a rate that held", () => {
    expect(named({ "machine.cpu": 1.7, "service.busiest_thread": 0.99 }, {})).toBe("service thread");
    expect(named({ "machine.cpu": 2, "service.busiest_thread": 0.92 }, {})).toBe("machine CPU");
  });

  it("is not named where nothing was used up", () => {
    expect(named({ ...quota(0.2, 0), ...pool(1, 0), "machine.cpu": 0.5 }, {})).toBeUndefined();
  });

  it("says nothing of what was not sampled, and nothing of the time before", () => {
    expect(used({})).toEqual([]);
    expect(used(quota(0.4, 0)).map(({ resource, share }) => [resource, Number(share.toFixed(3))])).toEqual([
      ["service CPU quota", 0.8],
      ["service thread", 0.4],
    ]);
  });
});
