import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cgroupVersion } from "./cgroup-version.ts";
import { clockGovernor, type ReadText, simultaneousThreads, usableCores } from "./cpu.ts";
import { machineFacts } from "./machine.ts";

/** A machine as its files tell it. */
const files =
  (texts: Readonly<Record<string, string>>): ReadText =>
  (path) =>
    texts[path];

const nothing = files({});
const governor = (core: number) => `/sys/devices/system/cpu/cpu${core}/cpufreq/scaling_governor`;
const mounts = (...lines: readonly string[]) => files({ "/proc/self/mountinfo": `${lines.join("\n")}\n` });

describe("the facts of a machine", () => {
  it("are unknown where no file tells them, as on macOS", () => {
    expect([usableCores(nothing), simultaneousThreads(nothing), clockGovernor("unknown", nothing)]).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
    expect(cgroupVersion(nothing)).toBe("unknown");
  });

  it("name the governors of the cores that may be used, and of no other", () => {
    const read = files({ [governor(0)]: "powersave\n", [governor(2)]: "performance\n", [governor(3)]: "schedutil\n" });
    expect(clockGovernor("2-3", read)).toBe("performance, schedutil");
    expect(clockGovernor("0-1", read)).toBe("powersave, unknown");
  });

  it.each([
    ["1\n", "on"],
    ["0\n", "off"],
  ])("read %j of the kernel's switch for two threads on a core as %s", (text, said) => {
    expect(simultaneousThreads(files({ "/sys/devices/system/cpu/smt/active": text }))).toBe(said);
  });

  it("take the version of the control groups that has the CPU controller", () => {
    const two = "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
    const unified = "36 25 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
    const cpu = "40 25 0:35 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct";
    const named = "41 25 0:36 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd";
    expect(cgroupVersion(mounts(two))).toBe("v2");
    expect(cgroupVersion(mounts(named, unified, cpu))).toBe("v1");
    expect(cgroupVersion(mounts(named, unified))).toBe("v2");
    expect(cgroupVersion(mounts("20 1 0:1 / / rw - ext4 /dev/vda rw"))).toBe("none");
  });

  it("are those of this machine", () => {
    const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    expect(machineFacts()).toMatchObject({ cores: allowed, node: process.version });
    expect(machineFacts()).toEqual(machineFacts());
  });
});
