import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { parseCpuset } from "../plan/cpuset.ts";
import type { HostHardware } from "../plan/profile.ts";

/** Cores (by id where the system tells) and memory that this process, and so a run, may use. */
export function hostHardware(): HostHardware {
  const limit = process.constrainedMemory();
  return {
    cpus: coresIn(statusText()) ?? Array.from({ length: availableParallelism() }, (_, core) => core),
    // 0 or an enormous number where there is no limit
    memoryBytes: limit > 0 && limit < totalmem() ? limit : totalmem(),
  };
}

function coresIn(status: string): readonly number[] | undefined {
  const parsed = parseCpuset(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
  return parsed.ok ? parsed.value : undefined;
}

function statusText(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return ""; // not Linux
  }
}
