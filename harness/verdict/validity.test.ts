import { describe, expect, it } from "vitest";
import { LIMITS } from "./limits.ts";
import { cartEndpoint, cartPlan, cartRecord, cartStream } from "./sample-cart.ts";
import {
  type Change,
  canary,
  check,
  dropped,
  generator,
  judged,
  keptFrom,
  reasons,
  startLag,
  strangers,
  withoutCanary,
} from "./sample-instrument.ts";

const sound = cartRecord();

describe("the evidence that an instrument was sound", () => {
  it("is every check of it with its figure, its limit and what it shows", () => {
    const everything: Change = {
      ...strangers(3),
      ...dropped({}),
      instrument: {
        ...sound.instrument,
        startLag: { count: 1000, p50: 0, p99: 2, max: 4 },
        generator: {
          ...sound.instrument.generator,
          ...{ periods: 1000, throttledPeriods: 5, foreignShare: 0.25, waitSeconds: 2 },
        },
      },
      books: {
        ...sound.books,
        service: [{ endpoint: "cart.read", status: "200", k6: 1000, service: 1000 }],
        stream: {
          bucket: "proofload",
          lines: [{ metric: "http_reqs", sent: 1000, written: 990, rejected: 4, pending: 6 }],
          rejectedLines: 4,
          reasons: [],
        },
      },
    };
    const { checks, invalid } = judged(everything);
    expect(
      checks.map(({ name, value, limit, unit, ok, meaning }) => [`${name}: ${value}`, limit, unit, ok, meaning]),
    ).toEqual([
      ["endpoints without a request: 0", 0, "count", true, "planned endpoints that the scenario never asked"],
      [
        "canary p99: 4",
        LIMITS.canaryP99Ms,
        "ms",
        true,
        "what a fixed responder took, seen from the same k6 process: the floor of every latency here",
      ],
      ["canary failures: 0", 0, "count", true, "requests to the fixed responder that failed or were never sent"],
      [
        "start lag p99: 2",
        LIMITS.startLagP99Ms,
        "ms",
        true,
        "how late iterations started, until the service made k6 drop one",
      ],
      [
        "k6 throttled: 0.005",
        LIMITS.throttledShare,
        "ratio",
        true,
        "share of k6's scheduling periods in which its CPU quota was used up",
      ],
      ["k6 CPU: 0.05", LIMITS.cpuShare, "ratio", true, "share that k6 used of the CPU that quota and cpuset allow it"],
      [
        "foreign CPU: 0.25",
        LIMITS.foreignShare,
        "ratio",
        true,
        "share of k6's cores that processes took which are no part of the run, while k6 had to wait for a core",
      ],
      [
        "strangers: 0.03",
        LIMITS.strangersShare,
        "ratio",
        true,
        "share of the time in which processes outside the run took more than half of the machine",
      ],
      ["VUs of read: 0", 0, "count", true, "VUs missing so that every answer may take as long as its budget allows"],
      ["books: 0", 0, "count", true, "difference between what k6 counted and what the raw log holds, over all metrics"],
      ["damaged records: 0", 0, "count", true, "acknowledged exports that cannot be read back from the raw log"],
      [
        "overflow series: 0",
        0,
        "count",
        true,
        "series that were folded together because there were too many: k6's exporter takes 2,000 of one metric",
      ],
      [
        "service's books: 0",
        0,
        "count",
        true,
        "endpoint and status pairs where the service counted other requests than k6 sent",
      ],
      [
        "database's books: 0",
        0,
        "count",
        true,
        "samples that k6 counted and that are neither in the database nor rejected nor in the log",
      ],
    ]);
    expect(invalid).toEqual([]);
  });

  it("is next to nothing where requests are counted one at a time: there is no load that k6 has to bear", () => {
    const streams = cartPlan().streams.map((stream) => ({
      ...stream,
      measured: { model: "one-at-a-time", requests: 10, atMostSeconds: 5 } as const,
    }));
    const { checks, invalid } = judged(canary({ p99: 99 }), { streams });
    expect(checks.map(({ name }) => name)).toEqual(["endpoints without a request"]);
    expect(invalid).toEqual([]);
  });

  it("holds no check of what was not measured and need not be", () => {
    expect(judged({ ...withoutCanary(), iterations: [] }).checks.map(({ name }) => name)).toEqual([
      "endpoints without a request",
      "canary p99",
      "canary failures",
      "k6 CPU",
      "books",
      "damaged records",
      "overflow series",
    ]);
  });

  it.each<[string, Change]>([
    ["start lag p99", startLag(90, 0)],
    ["k6 throttled", generator({ periods: 0, throttledPeriods: 0 })],
    ["foreign CPU", generator({ foreignShare: 0.5 })],
    ["foreign CPU", generator({ waitSeconds: 0.5 })],
    [
      "foreign CPU",
      { ...generator({ foreignShare: 0.5, waitSeconds: 5 }), environment: { ...sound.environment, kind: "url" } },
    ],
    ["VUs of read", dropped({ dropped: 0, vus: 1 })],
    ["connections that are not allowed", keptFrom()],
  ])("has no %s where there is nothing to make it from", (name, change) => {
    expect(check(name, change)).toBeUndefined();
  });

  it("has no check of VUs for a stream whose rate nobody knows", () => {
    const { vusNeeded: _, ...stream } = cartStream({ dropped: 7, vus: 1 });
    expect(check("VUs of read", { iterations: [stream] })).toBeUndefined();
  });
});

describe("a run in which nothing was measured", () => {
  const REMEDY = "Read k6.log: the script may have thrown, or its function never calls the endpoint.";
  const [read] = cartPlan().endpoints;
  const three = ["cart.read", "cart.write", "cart.clear"].flatMap((name) =>
    read === undefined ? [] : [{ ...read, name }],
  );
  const name = "endpoints without a request";

  it("says so, and how many endpoints that leaves without a figure", () => {
    const warmUpAlone = { endpoints: [cartEndpoint({ phase: "warmup" }), cartEndpoint({ requests: 0 })] };
    expect(reasons(warmUpAlone, { endpoints: three })).toEqual([
      `INVALID (nothing measured): the scenario made no request in its measured phase – ${REMEDY}`,
    ]);
    expect(check(name, warmUpAlone, { endpoints: three })).toMatchObject({ value: 3, ok: false });
    expect(check(name, { endpoints: [] }, { endpoints: [] })).toMatchObject({ value: 1, ok: false });
  });

  it("names the endpoints that nobody asked", () => {
    expect(reasons({}, { endpoints: three })).toEqual([
      `INVALID (nothing measured): no request was made to cart.write, cart.clear, though the plan has them – ${REMEDY}`,
    ]);
    expect(check(name, {}, { endpoints: three })).toMatchObject({ value: 2, ok: false });
  });

  it("is not one whose requests were all dropped: that is the service's answer", () => {
    expect(check(name, { endpoints: [cartEndpoint({ requests: 0, dropped: 90 })] })).toMatchObject({
      value: 0,
      ok: true,
    });
    expect(check(name, { endpoints: [cartEndpoint({ requests: 1, dropped: 1 })] })).toMatchObject({
      value: 0,
      ok: true,
    });
  });
});
