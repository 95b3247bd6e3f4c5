import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { readText } from "../read-text.ts";
import { cgroupVersion } from "./cgroup-version.ts";
import { clockGovernor, simultaneousThreads, usableCores } from "./cpu.ts";
import type { MachineFacts } from "./fingerprint.ts";

/** What the measurement ran on: CPUs and memory that this process may use, not those of the whole machine. */
export function machineFacts(): MachineFacts {
  const limit = process.constrainedMemory();
  const cores = usableCores(readText);
  return {
    cpuModel: cpus()[0]?.model.trim() || "unknown",
    cpus: availableParallelism(),
    cores,
    smt: simultaneousThreads(readText),
    governor: clockGovernor(cores, readText),
    // 0 or an enormous number where there is no limit
    memoryBytes: limit > 0 && limit < totalmem() ? limit : totalmem(),
    kernel: `${type()} ${release()}`,
    cgroup: cgroupVersion(readText),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
}
