import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuCounters, cpuGroup, cpuQuota, memoryPeak, parseCpuStat } from "../environment/cgroup.ts";
import { foreignShare } from "./foreign-share.ts";
import {
  parseCpuList,
  parseCpuTimes,
  parseProcessStat,
  parseProcessStatus,
  parseProportionalSize,
  parseRunQueueWait,
} from "./proc-text.ts";
import { parsePs } from "./process-usage-ps.ts";

const recorded = (name: string) => readFileSync(new URL(`../../test/fixtures/proc/${name}`, import.meta.url), "utf8");

describe("texts of /proc", () => {
  it("give a process's parent, time and start, though its name has blanks and brackets", () => {
    expect(parseProcessStat(recorded("stat.txt"))).toEqual({
      state: "R",
      parent: 11617,
      cpuSeconds: 0.07,
      endedSeconds: 0.06,
      startedAt: 399150,
    });
    expect(parseProcessStat("")).toBeUndefined();
  });

  it("give the time of each core without interrupts, and what other machines had of it", () => {
    expect(parseCpuTimes(recorded("proc-stat.txt"))).toEqual(
      new Map([
        [0, { busy: 1294.58, stolen: 44.53 }],
        [1, { busy: 1353.66, stolen: 50 }],
      ]),
    );
  });

  it("give the cores that a process may use, and its memory", () => {
    expect(parseProcessStatus(recorded("status.txt"))).toEqual({
      cpus: [0, 1, 4],
      rssBytes: 1576 * 1024,
      sharedBytes: 1472 * 1024,
      peakRssBytes: 1576 * 1024,
    });
    expect(parseCpuList("0-2,5,7-8\n")).toEqual([0, 1, 2, 5, 7, 8]);
    expect(parseCpuList("")).toEqual([]);
  });

  it("give waits and proportional sizes", () => {
    expect(parseRunQueueWait("51234567 2500000000 17\n")).toBe(2.5);
    expect(parseProportionalSize("Rss:  1692 kB\nPss:                 358 kB\n")).toBe(358 * 1024);
    expect(parseProportionalSize("")).toBeUndefined();
  });

  it("of ps read times of minutes, hours and days", () => {
    expect(parsePs("  101     1  2048   0:01.50\n  102   101   512 1-02:03:04\n\n")).toEqual([
      { pid: 101, parent: 1, rssBytes: 2048 * 1024, cpuSeconds: 1.5 },
      { pid: 102, parent: 101, rssBytes: 512 * 1024, cpuSeconds: 93784 },
    ]);
  });
});

/** A file system of recorded texts. */
const reader = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

describe("the CPU quota of a process", () => {
  const version1 = {
    "/proc/7/cgroup": recorded("cgroup-v1/cgroup.txt"),
    "/proc/self/mountinfo": recorded("cgroup-v1/mountinfo.txt"),
  };
  const version2 = {
    "/proc/7/cgroup": recorded("cgroup-v2-user/cgroup.txt"),
    "/proc/self/mountinfo": recorded("cgroup-v2-user/mountinfo.txt"),
  };
  const scope = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-u17.scope";

  it("is found in version 1, also where version 2 is mounted beside it", () => {
    const files = {
      ...version1,
      "/sys/fs/cgroup/cpu/proofload-rec/cpu.cfs_quota_us": "10000\n",
      "/sys/fs/cgroup/cpu/proofload-rec/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu/proofload-rec/cpu.stat": recorded("cgroup-v1/cpu.stat.txt"),
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    };
    expect(cpuQuota(7, reader(files))).toEqual({ cores: 0.1, periods: 11, throttled: 11 });
  });

  it("is found in version 2", () => {
    const files = {
      ...version2,
      [`${scope}/cpu.max`]: "50000 100000\n",
      [`${scope}/cpu.stat`]: recorded("cgroup-v2-user/cpu.stat.txt"),
    };
    expect(cpuQuota(7, reader(files))).toEqual({ cores: 0.5, periods: 41, throttled: 33 });
  });

  it("has its own group's counters beside it, with the time that the group used", () => {
    const files1 = {
      ...version1,
      "/sys/fs/cgroup/cpu/proofload-rec/cpu.stat": recorded("cgroup-v1/cpu.stat.txt"),
      "/sys/fs/cgroup/cpuacct/cpuacct.usage": "1726850326\n",
    };
    expect(cpuCounters(7, reader(files1))).toEqual({ cpuSeconds: 1.726850326, periods: 11, throttled: 11 });
    const group =
      "/sys/fs/cgroup/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope";
    const files2 = {
      "/proc/7/cgroup": recorded("cgroup-v2/cgroup.txt"),
      "/proc/self/mountinfo": recorded("cgroup-v2/mountinfo.txt"),
      [`${group}/cpu.max`]: recorded("cgroup-v2/cpu.max.txt"),
      [`${group}/cpu.stat`]: recorded("cgroup-v2/cpu.stat.txt"),
      [`${group}/memory.peak`]: recorded("cgroup-v2/memory.peak.txt"),
    };
    expect(cpuCounters(7, reader(files2))).toEqual({ cpuSeconds: 11.259039, periods: 226, throttled: 225 });
    expect(cpuQuota(7, reader(files2))).toEqual({ cores: 0.5, periods: 226, throttled: 225 });
    expect(memoryPeak(7, reader(files2))).toBe(64 * 1024 ** 2);
    expect(memoryPeak(7, reader(files1))).toBeUndefined();
    expect(cpuCounters(7, reader({}))).toBeUndefined();
  });

  it("is that of a group around it, where that is tighter", () => {
    const files = {
      ...version2,
      [`${scope}/cpu.max`]: "400000 100000\n",
      "/sys/fs/cgroup/user.slice/user-1000.slice/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/user.slice/cpu.stat": "nr_periods 9\nnr_throttled 2\n",
    };
    expect(cpuQuota(7, reader(files))).toEqual({ cores: 1.5, periods: 9, throttled: 2 });
  });

  it("is none where nothing limits it, and where nothing can be read", () => {
    expect(cpuQuota(7, reader({ ...version2, [`${scope}/cpu.max`]: "max 100000\n" })).cores).toBeUndefined();
    expect(cpuQuota(7, reader({})).cores).toBeUndefined();
    expect(parseCpuStat("")).toEqual({ periods: 0, throttled: 0 });
  });

  it("is looked for inside the part of the tree that a container sees", () => {
    const mountinfo = "900 899 0:30 /docker/4f2a /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n";
    expect(cpuGroup("0::/docker/4f2a/child\n", mountinfo)?.directory).toBe("/sys/fs/cgroup/child");
    expect(cpuGroup("0::/\n", mountinfo)?.directory).toBe("/sys/fs/cgroup");
  });
});

describe("the share that others took of k6's cores", () => {
  const times = (busy0: number, busy1: number) =>
    new Map([
      [0, { busy: busy0, stolen: 0 }],
      [1, { busy: busy1, stolen: 0 }],
    ]);

  it("is what nobody of the run used", () => {
    const parts = [{ cpuSeconds: 3, cpus: [0, 1] }];
    expect(foreignShare([0, 1], times(10, 10), times(18, 15), parts, 10)).toBeCloseTo(0.5);
  });

  it("looks at k6's own core alone, and leaves out parts that cannot run there", () => {
    const parts = [
      { cpuSeconds: 2, cpus: [1] },
      { cpuSeconds: 9, cpus: [0] },
    ];
    expect(foreignShare([1], times(0, 0), times(10, 8), parts, 10)).toBeCloseTo(0.6);
  });

  it("is never below zero, though a part may have used other cores too", () => {
    expect(foreignShare([1], times(0, 0), times(9, 1), [{ cpuSeconds: 8, cpus: [0, 1] }], 10)).toBe(0);
  });

  it("is unknown where cores are", () => {
    expect(foreignShare([], times(0, 0), times(9, 1), [], 10)).toBeUndefined();
  });
});
