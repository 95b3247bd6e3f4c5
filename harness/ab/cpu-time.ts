import { readdirSync } from "node:fs";
import { readText } from "../collect/process-usage.ts";

/**
 * Nanoseconds of CPU that a process with all its threads and descendants has used so far, as the scheduler counts them
 * (the first field of /proc/PID/task/TID/schedstat; other counters have steps of 10 ms). Undefined where the kernel does
 * not tell, or the process is gone.
 */
export function cpuNanoseconds(pid: number): number | undefined {
  const own = nanosecondsOf(pid);
  if (own === undefined) return undefined;
  return descendantsOf(pid).reduce((sum, child) => sum + (nanosecondsOf(child) ?? 0), own);
}

function nanosecondsOf(pid: number): number | undefined {
  let total: number | undefined;
  for (const thread of namesIn(`/proc/${pid}/task`)) {
    const spent = /^(\d+) /.exec(readText(`/proc/${pid}/task/${thread}/schedstat`) ?? "")?.[1];
    if (spent !== undefined) total = (total ?? 0) + Number(spent);
  }
  return total;
}

/** By the kernel's own lists, one for each thread. */
function descendantsOf(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).flatMap((thread) =>
    (readText(`/proc/${pid}/task/${thread}/children`) ?? "")
      .split(" ")
      .flatMap((child) => (child.trim() === "" ? [] : [Number(child), ...descendantsOf(Number(child))])),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
