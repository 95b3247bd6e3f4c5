import { describe, expect, it } from "vitest";
import type { ScenarioRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import { sampleScenario } from "./sample-scenario.ts";
import { strangersShare } from "./strangers.ts";

const { machine } = sampleFingerprint();
const WARMUP = 3;

/** Cores that strangers took, once a second from the start of load on. */
const foreign = (...cores: readonly number[]) => ({
  part: "machine",
  metric: "foreign_cpu",
  points: cores.map((value, second) => [second, value] as const),
});
const share = (change: Partial<ScenarioRecord>, cpus = 4) =>
  strangersShare(sampleScenario({ warmupSeconds: WARMUP, ...change }), { ...machine, cpus });

describe("the time in which strangers took the machine", () => {
  it("is the share of the looks with more than half of its cores, after the warm-up", () => {
    expect(share({ resources: [foreign(4, 4, 4, 0, 2.1, 2, 1)] })).toBe(1 / 4);
    expect(share({ resources: [foreign(0, 0, 0, 4, 3, 4)] })).toBe(1);
    expect(share({ resources: [foreign(4, 4, 4, 0, 1)] })).toBe(0);
    expect(share({ resources: [foreign(0, 0, 0, 3, 3)] }, 8)).toBe(0);
  });

  it("is read from the machine's own series", () => {
    const resources = [
      { ...foreign(0, 0, 0, 4), part: "service" },
      { ...foreign(0, 0, 0, 4), metric: "cpu" },
      foreign(0, 0, 0, 1),
    ];
    expect(share({ resources })).toBe(0);
  });

  it("is not known where nobody looked, or during the warm-up alone", () => {
    expect(share({})).toBeUndefined();
    expect(share({ resources: [foreign(4, 4, 4)] })).toBeUndefined();
  });

  it("is not asked for where the service runs elsewhere: there it would be a stranger itself", () => {
    const environment = { kind: "url", baseUrl: "http://shop.test", parts: [], limits: [] } as const;
    expect(share({ environment, resources: [foreign(0, 0, 0, 4)] })).toBeUndefined();
  });
});
