import { readdirSync } from "node:fs";
import { parseProcessStat } from "../proc-text.ts";
import { readText } from "../process-usage.ts";

/**
 * CPU time of a process and its descendants so far, in nanoseconds: the first field of each thread's schedstat. /proc's
 * stat counts in ticks of 10 ms, more than most requests take; from it come only children that have ended, such as a
 * closed connection of Postgres. A thread that has ended is gone from the sum: a service that starts threads for single
 * requests is counted too low. Undefined where the kernel does not tell.
 * https://docs.kernel.org/scheduler/sched-stats.html
 */
export function cpuNanoseconds(pid: number, proc = "/proc"): number | undefined {
  let total: number | undefined;
  let ended = 0;
  for (let next: readonly number[] = [pid]; next.length > 0; ) {
    const children: number[] = [];
    for (const one of next) {
      ended += parseProcessStat(readText(`${proc}/${one}/stat`) ?? "")?.endedSeconds ?? 0;
      for (const thread of threads(`${proc}/${one}/task`)) {
        const spent = Number(readText(`${proc}/${one}/task/${thread}/schedstat`)?.split(" ")[0] ?? Number.NaN);
        if (!Number.isNaN(spent)) total = (total ?? 0) + spent;
        children.push(...(readText(`${proc}/${one}/task/${thread}/children`)?.match(/\d+/g) ?? []).map(Number));
      }
    }
    next = children;
  }
  return total === undefined ? undefined : total + Math.round(ended * 1e9);
}

function threads(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has ended between two looks
  }
}
