import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { MachineFacts } from "./environment.ts";

/** What the measurement ran on: CPUs and memory that this process may use, not those of the whole machine. */
export function machineFacts(): MachineFacts {
  const limit = process.constrainedMemory();
  return {
    cpuModel: cpus()[0]?.model.trim() || "unknown",
    cpus: availableParallelism(),
    // 0 or an enormous number where there is no limit
    memoryBytes: limit > 0 && limit < totalmem() ? limit : totalmem(),
    kernel: `${type()} ${release()}`,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
}
