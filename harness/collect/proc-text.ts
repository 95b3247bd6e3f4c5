/** What Linux says about processes and processors, parsed; see proc(5). All pure. */

/** The kernel counts CPU time for users in ticks of 10 ms (USER_HZ) on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  readonly parent: number;
  readonly state: string;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  /** Of its children that have ended, and theirs. */
  readonly endedSeconds: number;
  /** Ticks after boot at which it started: tells two processes with one id apart. */
  readonly startedAt: number;
}

/** /proc/PID/stat. The name, in brackets, may itself hold blanks and brackets. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", 20);
  const [state, parent] = fields;
  if (state === undefined || parent === undefined || !text.includes(")")) return undefined;
  return {
    state,
    parent: Number(parent),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    endedSeconds: (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND,
    startedAt: Number(fields[19]),
  };
}

export interface CpuTime {
  /** Seconds in programs and in the kernel for them, since boot; without interrupts, whose time nobody asked for. */
  readonly busy: number;
  /** Seconds in which another virtual machine had the core. */
  readonly stolen: number;
}

/** /proc/stat: core → its time. */
export function parseCpuTimes(text: string): Map<number, CpuTime> {
  const times = new Map<number, CpuTime>();
  for (const line of text.split("\n")) {
    const match = /^cpu(\d+) (.*)$/.exec(line);
    if (match === null) continue;
    const [user = 0, nice = 0, system = 0, , , , , steal = 0] = (match[2] ?? "").split(" ").map(Number);
    times.set(Number(match[1]), {
      busy: (user + nice + system) / TICKS_PER_SECOND,
      stolen: steal / TICKS_PER_SECOND,
    });
  }
  return times;
}

/** "0-2,5" → 0, 1, 2, 5 */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

export interface ProcessStatus {
  /** Cores that it may run on. */
  readonly cpus: readonly number[];
  readonly rssBytes: number;
  /** The part of it that other processes may have too: files and shared memory. */
  readonly sharedBytes: number;
  /** Most resident memory that it ever had. */
  readonly peakRssBytes: number;
}

/** /proc/PID/status */
export function parseProcessStatus(text: string): ProcessStatus {
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024;
  return {
    cpus: parseCpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(text)?.[1] ?? ""),
    rssBytes: bytes("VmRSS"),
    sharedBytes: bytes("RssFile") + bytes("RssShmem"),
    peakRssBytes: bytes("VmHWM"),
  };
}

/** /proc/PID/task/TID/schedstat: seconds that the thread was ready to run and had no core. */
export function parseRunQueueWait(text: string): number {
  return Number(text.split(" ")[1] ?? 0) / 1e9;
}

/** /proc/PID/task/TID/schedstat: seconds that the thread had a core. */
export function parseOnCpu(text: string): number {
  return Number(text.split(" ")[0] ?? 0) / 1e9;
}

/** /proc/PID/smaps_rollup: its own memory and its share of what it has in common with others, in bytes. */
export function parseProportionalSize(text: string): number | undefined {
  const kilobytes = /^Pss:\s*(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
