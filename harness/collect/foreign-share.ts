import type { CpuTime } from "./proc-text.ts";

export interface PartTime {
  readonly cpuSeconds: number;
  /** Cores that it may run on; empty where unknown. */
  readonly cpus: readonly number[];
}

/**
 * Share (0…1) of the time of `cores` that went to processes outside the run. The kernel does not say on which core a
 * process spent its time: whatever part of the run may use one of these cores is taken to have used nothing else, so
 * that the share is too small rather than too large. Undefined when no time has passed.
 */
export function foreignShare(
  cores: readonly number[],
  before: ReadonlyMap<number, CpuTime>,
  after: ReadonlyMap<number, CpuTime>,
  parts: readonly PartTime[],
  wallSeconds: number,
): number | undefined {
  if (cores.length === 0 || wallSeconds <= 0 || after.size === 0) return undefined;
  const busy = cores.reduce((sum, core) => sum + (after.get(core)?.busy ?? 0) - (before.get(core)?.busy ?? 0), 0);
  const own = parts
    .filter((part) => part.cpus.length === 0 || part.cpus.some((core) => cores.includes(core)))
    .reduce((sum, part) => sum + part.cpuSeconds, 0);
  return Math.min(1, Math.max(0, (busy - own) / (cores.length * wallSeconds)));
}
