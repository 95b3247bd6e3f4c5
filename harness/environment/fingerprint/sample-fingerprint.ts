import type { Fingerprint } from "./fingerprint.ts";

/** Of a machine that does not exist, for tests of what judges and renders. */
export function sampleFingerprint(): Fingerprint {
  return {
    machine: {
      cpuModel: "Sample CPU at 2.80 GHz",
      cpus: 2,
      cores: "0-1",
      smt: "off",
      governor: "unknown",
      memoryBytes: 8 * 1024 ** 3,
      kernel: "Linux 6.1.0",
      cgroup: "v2",
      platform: "linux-x64",
      node: "v24.21.0",
    },
    k6: { version: "2.2.0", sha256: "5b3a".repeat(16) },
    calibration: { cpu: 812.4, memory: 9.87, loopback: 41_500 },
  };
}
