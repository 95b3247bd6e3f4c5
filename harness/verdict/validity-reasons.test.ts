import { describe, expect, it } from "vitest";
import { LIMITS } from "./limits.ts";
import {
  type Change,
  canary,
  check,
  dropped,
  generator,
  instrument,
  judged,
  keptFrom,
  reasons,
  startLag,
  strangers,
  withoutCanary,
} from "./sample-instrument.ts";

const MORE_CPU = "Give k6 more CPU: fewer other programs, a core of its own, a lower rate, or a second machine.";

describe("an instrument", () => {
  const allowed = { wallSeconds: 10, allowedCores: 2 };
  it.each<[string, number | undefined, Change, Change]>([
    ["canary p99", LIMITS.canaryP99Ms, canary({ p99: LIMITS.canaryP99Ms }), canary({ p99: LIMITS.canaryP99Ms + 0.1 })],
    ["canary failures", 0, canary({}), canary({ failed: 1 })],
    ["canary failures", 0, canary({}), canary({ dropped: 1 })],
    ["start lag p99", LIMITS.startLagP99Ms, startLag(LIMITS.startLagP99Ms), startLag(LIMITS.startLagP99Ms + 0.1)],
    [
      "k6 throttled",
      LIMITS.throttledShare,
      generator({ periods: 1000, throttledPeriods: 1000 * LIMITS.throttledShare }),
      generator({ periods: 1000, throttledPeriods: 1000 * LIMITS.throttledShare + 1 }),
    ],
    [
      "k6 CPU",
      LIMITS.cpuShare,
      generator({ ...allowed, cpuSeconds: 20 * LIMITS.cpuShare }),
      generator({ ...allowed, cpuSeconds: 20 * LIMITS.cpuShare + 0.1 }),
    ],
    [
      "foreign CPU",
      LIMITS.foreignShare,
      generator({ foreignShare: LIMITS.foreignShare, waitSeconds: 5 }),
      generator({ foreignShare: LIMITS.foreignShare + 0.01, waitSeconds: 5 }),
    ],
    [
      "foreign CPU",
      0,
      generator({ foreignShare: 0.5, waitSeconds: 10 * LIMITS.waitShare }),
      generator({ foreignShare: 0.5, waitSeconds: 10 * LIMITS.waitShare + 0.1 }),
    ],
    ["strangers", LIMITS.strangersShare, strangers(100 * LIMITS.strangersShare), strangers(6)],
    ["VUs of read", 0, dropped({ vus: 60 }), dropped({ vus: 59 })],
    ["VUs of read", 0, dropped({ vus: 70 }), dropped({ vus: 59 })],
  ])("is sound with its %s at %d, and no longer just beyond", (name, value, at, beyond) => {
    expect(check(name, at)).toMatchObject({ value, ok: true });
    expect(judged(at).invalid).toEqual([]);
    expect(check(name, beyond)).toMatchObject({ ok: false });
    expect(judged(beyond).invalid).toHaveLength(1);
  });

  it("that was not throttled in any of its periods was never throttled", () => {
    expect(check("k6 throttled", generator({ periods: 100 }))).toMatchObject({ value: 0, ok: true });
  });
});

describe("the reason why a run is INVALID", () => {
  it.each<[string, Change]>([
    [
      `INVALID (generator): a fixed responder took 97.3 ms (p99) seen from k6, over the limit of 25 ms – ${MORE_CPU}`,
      canary({ p99: 97.31 }),
    ],
    [
      `INVALID (generator): 5 requests to the fixed responder failed or were never sent – ${MORE_CPU}`,
      canary({ failed: 2, dropped: 3 }),
    ],
    [`INVALID (generator): canary p99: nothing was measured – ${MORE_CPU}`, canary({ count: 0 })],
    [
      `INVALID (generator): iterations started 41.3 ms late (p99), over the limit of 25 ms – ${MORE_CPU}`,
      startLag(41.26),
    ],
    [
      "INVALID (generator): k6's CPU quota was used up in 80.8 % of its periods, over the limit of 1 % – Raise k6's CPU quota, or lower the rate.",
      generator({ periods: 640, throttledPeriods: 517 }),
    ],
    [
      `INVALID (generator): k6 used 95.5 % of the CPU that it may use, over the limit of 90 % – ${MORE_CPU}`,
      generator({ cpuSeconds: 19.1 }),
    ],
    [
      "INVALID (generator): other programs took 45 % of the CPU that k6 may use, while it waited for a core – Stop the other programs, or give k6 a core of its own.",
      generator({ foreignShare: 0.45, waitSeconds: 5 }),
    ],
    [
      "INVALID (noisy host): processes outside this run took more than half of the machine for 9 % of the time – Stop the other programs, and run again.",
      strangers(9),
    ],
    [
      "INVALID (too few VUs): 7 iterations of read were dropped with 20 VUs, and its rate needs 60 – Set maxVUs (and preAllocatedVUs) to 60, or lower the rate.",
      dropped({ vus: 20 }),
    ],
    [
      "INVALID (not a production build): the service does not run as in production: an inspector is open; debug logging is on – Start it with NODE_ENV=production, without an inspector, and with debug logging off.",
      instrument({ serviceMode: ["an inspector is open", "debug logging is on"] }),
    ],
    [
      "INVALID (overflow series): series were folded together: more than 2,000 distinct names or tags in one metric – Give requests a stable name instead of their URL.",
      instrument({ overflowSeries: 3 }),
    ],
    [
      "INVALID (load not allowed): k6 was kept from 203.0.113.9:443 (12×), tracker.example (1×): load goes to the service's own address and to what the configuration allows – Take these requests out of the script, or name the host in `allow.hosts` of the configuration.",
      keptFrom({ where: "203.0.113.9:443", times: 12 }, { where: "tracker.example", times: 1 }),
    ],
  ])("reads %s", (sentence, change) => {
    expect(reasons(change)).toEqual([sentence]);
  });

  it("is given twice where there is no canary at all", () => {
    expect(reasons(withoutCanary())).toEqual([
      `INVALID (generator): canary p99: nothing was measured – ${MORE_CPU}`,
      `INVALID (generator): canary failures: nothing was measured – ${MORE_CPU}`,
    ]);
  });

  it.each<[string, Change, object]>([
    ["VUs of read", dropped({ vus: 20 }), { value: 40, limit: 0, unit: "count" }],
    [
      "production build",
      instrument({ serviceMode: ["one", "two"] }),
      { value: 2, limit: 0, unit: "count", meaning: "signs that the service does not run as in production" },
    ],
    [
      "connections that are not allowed",
      keptFrom({ where: "a.example", times: 12 }, { where: "b.example", times: 1 }),
      {
        value: 13,
        limit: 0,
        unit: "count",
        meaning: "times that k6 was kept from an address outside the allow-list",
      },
    ],
  ])("lies in the check %s, with how far it is from sound", (name, change, found) => {
    expect(check(name, change)).toMatchObject({ ...found, ok: false });
  });
});
