import { readdirSync } from "node:fs";
import { type CpuQuota, cpuQuota } from "../environment/cgroup.ts";
import { parseProcessStatus, parseRunQueueWait } from "./proc-text.ts";
import { readText, type Usage } from "./process-usage.ts";
import type { InstrumentRecord } from "./record.ts";

export type GeneratorFacts = InstrumentRecord["generator"];

/** Watches what k6 may use and what it did not get. What may change while k6 runs is read each time. */
export interface GeneratorWatch {
  /** `at` in epoch milliseconds. */
  sample(usage: Usage, at: number): void;
  /** Cores that k6 may run on, as last seen. */
  cpus(): readonly number[];
  facts(foreignShare: number | undefined): GeneratorFacts | undefined;
}

export function watchGenerator(pid: number, cores: number): GeneratorWatch {
  let firstAt: number | undefined;
  let lastAt = 0;
  let usage: Usage | undefined;
  let firstQuota: CpuQuota | undefined;
  let quota: CpuQuota | undefined;
  let cpus: readonly number[] = [];
  let allowed = cores;
  let peakRssBytes = 0;
  const waits = new Map<string, number>();
  const mounts = readText("/proc/self/mountinfo");
  const read = (path: string) => (path === "/proc/self/mountinfo" ? mounts : readText(path));

  return {
    sample(current, at) {
      firstAt ??= at;
      lastAt = at;
      usage = current;
      cpus = current.cpus;
      peakRssBytes = Math.max(peakRssBytes, current.rssBytes);
      if (process.platform !== "linux") return;
      const status = readText(`/proc/${pid}/status`);
      if (status !== undefined) peakRssBytes = Math.max(peakRssBytes, parseProcessStatus(status).peakRssBytes);
      quota = cpuQuota(pid, read);
      firstQuota ??= quota;
      allowed = Math.min(current.cpus.length === 0 ? cores : current.cpus.length, quota.cores ?? cores);
      for (const [thread, seconds] of threadWaits(pid)) waits.set(thread, seconds);
    },
    cpus: () => cpus,
    facts(foreignShare) {
      if (usage === undefined || firstAt === undefined) return undefined;
      const waitSeconds = [...waits.values()].reduce((sum, seconds) => sum + seconds, 0);
      return {
        cpuSeconds: usage.cpuSeconds,
        wallSeconds: (lastAt - firstAt) / 1000,
        allowedCores: allowed,
        ...(quota?.cores === undefined ? {} : periodsBetween(firstQuota, quota)),
        ...(waits.size === 0 ? {} : { waitSeconds }),
        ...(foreignShare === undefined ? {} : { foreignShare }),
        peakRssBytes,
      };
    },
  };
}

function periodsBetween(first: CpuQuota | undefined, last: CpuQuota) {
  // Moved into a group with a quota after it started: then that group's own count is the best there is.
  const start = first?.cores === undefined ? { periods: 0, throttled: 0 } : first;
  return {
    periods: Math.max(0, last.periods - start.periods),
    throttledPeriods: Math.max(0, last.throttled - start.throttled),
  };
}

/** Seconds that each thread waited for a core; a thread that has ended keeps what was last seen. */
function threadWaits(pid: number): [string, number][] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread): [string, number][] => {
      const text = readText(`/proc/${pid}/task/${thread}/schedstat`);
      return text === undefined ? [] : [[thread, parseRunQueueWait(text)]];
    });
  } catch {
    return [];
  }
}
