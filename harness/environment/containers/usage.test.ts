import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readUsage, usageIn } from "./usage.ts";

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../test/fixtures/docker/${name}.json`, import.meta.url), "utf8"));

describe("what an engine says of a container's use", () => {
  it("is read on cgroup v1, where the kernel keeps a peak and the host's network has no counters", () => {
    expect(usageIn(recorded("stats-v1"))).toEqual({
      cpuSeconds: 3.207234083,
      periods: 69,
      throttledPeriods: 61,
      throttledSeconds: 8.275169,
      memoryBytes: 66437120,
      memoryPeakBytes: 91025408,
      memoryLimitBytes: 256 * 1024 ** 2,
    });
  });

  it("is read on cgroup v2, from all disks and networks, where the engine tells no peak", () => {
    expect(usageIn(recorded("stats-v2"))).toEqual({
      cpuSeconds: 11.259039,
      periods: 226,
      throttledPeriods: 225,
      throttledSeconds: 25.689721,
      memoryBytes: 299008,
      memoryLimitBytes: 64 * 1024 ** 2,
      readBytes: 8187904,
      writtenBytes: 4096,
      receivedBytes: 5124,
      sentBytes: 70,
    });
  });

  it("is nothing for a container that does not run, and for one that is gone", async () => {
    expect(usageIn(recorded("stats-stopped"))).toBeUndefined();
    const gone = { getContainer: () => ({ stats: () => Promise.reject(new Error("no such container")) }) };
    expect(await readUsage(gone, "0")).toBeUndefined();
  });
});
