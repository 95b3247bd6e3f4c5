import { parseCpuset } from "../../plan/cpuset.ts";

/** Text of a file, or undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

const UNKNOWN = "unknown";
const CPUS = "/sys/devices/system/cpu";

/** Cores that this process may run on, as the kernel writes them: "0-3". */
export function usableCores(read: ReadText): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(read("/proc/self/status") ?? "")?.[1] ?? UNKNOWN;
}

/** Whether two threads share a core: it makes one core out of two. */
export function simultaneousThreads(read: ReadText): string {
  const active = read(`${CPUS}/smt/active`)?.trim();
  return active === "1" ? "on" : active === "0" ? "off" : UNKNOWN;
}

/** Who chooses the clock rate of these cores; virtual machines are seldom told. Several: "performance, powersave". */
export function clockGovernor(cores: string, read: ReadText): string {
  const ids = parseCpuset(cores);
  const governors = (ids.ok ? ids.value : []).map(
    (core) => read(`${CPUS}/cpu${core}/cpufreq/scaling_governor`)?.trim() || UNKNOWN,
  );
  return [...new Set(governors)].sort().join(", ") || UNKNOWN;
}
