/** Control groups, version 1 and 2, as far as they limit CPU and count memory. Pure but for the reader that is given. */

/** Text of a file, or undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

export interface CpuQuota {
  /** Cores that the tightest quota allows; undefined where there is none. */
  readonly cores: number | undefined;
  /** Scheduling periods of the group that has this quota, and those in which it was used up, since the group was made. */
  readonly periods: number;
  readonly throttled: number;
}

/** The quota that holds for a process: the tightest of its group and the groups around it. */
export function cpuQuota(pid: number, read: ReadText): CpuQuota {
  const found = cpuGroup(read(`/proc/${pid}/cgroup`) ?? "", read("/proc/self/mountinfo") ?? "");
  if (found === undefined) return { cores: undefined, periods: 0, throttled: 0 };
  let tightest: CpuQuota = { cores: undefined, periods: 0, throttled: 0 };
  for (const directory of upwards(found.directory, found.mount)) {
    const cores = found.version === 2 ? quota2(read(`${directory}/cpu.max`)) : quota1(directory, read);
    if (cores !== undefined && (tightest.cores === undefined || cores < tightest.cores)) {
      tightest = { cores, ...parseCpuStat(read(`${directory}/cpu.stat`) ?? "") };
    }
  }
  return tightest;
}

/** What a process's own group used so far, as the kernel counts it; undefined where that cannot be read. */
export function cpuCounters(
  pid: number,
  read: ReadText,
): { readonly cpuSeconds: number; readonly periods: number; readonly throttled: number } | undefined {
  const cgroup = read(`/proc/${pid}/cgroup`) ?? "";
  const mountinfo = read("/proc/self/mountinfo") ?? "";
  const found = cpuGroup(cgroup, mountinfo);
  if (found === undefined) return undefined;
  const stat = read(`${found.directory}/cpu.stat`) ?? "";
  const seconds =
    found.version === 2 ? usage2(stat) : usage1(read(`${accountingGroup(cgroup, mountinfo)}/cpuacct.usage`));
  return seconds === undefined ? undefined : { cpuSeconds: seconds, ...parseCpuStat(stat) };
}

/**
 * Largest memory of a process's own group so far, bytes; version 2 alone, since Linux 5.19. (In version 1 the container
 * engine tells it.)
 */
export function memoryPeak(pid: number, read: ReadText): number | undefined {
  const found = cpuGroup(read(`/proc/${pid}/cgroup`) ?? "", read("/proc/self/mountinfo") ?? "");
  const peak = Number(found?.version === 2 ? read(`${found.directory}/memory.peak`) : undefined);
  return Number.isFinite(peak) && peak > 0 ? peak : undefined;
}

function usage1(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text) / 1e9;
}

function usage2(stat: string): number | undefined {
  const microseconds = /^usage_usec (\d+)$/m.exec(stat)?.[1];
  return microseconds === undefined ? undefined : Number(microseconds) / 1e6;
}

/** In version 1 time is counted by a controller of its own, which is often mounted together with the other. */
function accountingGroup(cgroup: string, mountinfo: string): string | undefined {
  const mount = mountinfo
    .split("\n")
    .flatMap(parseMount)
    .find(({ type, options }) => type === "cgroup" && options.includes("cpuacct"));
  const path = /^\d+:[^:]*\bcpuacct\b[^:]*:(.*)$/m.exec(cgroup)?.[1];
  return mount === undefined || path === undefined ? undefined : below(mount, path);
}

export interface CpuGroup {
  readonly version: 1 | 2;
  readonly mount: string;
  readonly directory: string;
}

/**
 * Where the CPU group of a process is, from /proc/PID/cgroup and mountinfo. Where both versions are mounted, the one
 * that has the cpu controller counts: version 1, if it is mounted at all.
 */
export function cpuGroup(cgroup: string, mountinfo: string): CpuGroup | undefined {
  const memberships = cgroup.split("\n").flatMap((line) => {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    return match === null ? [] : [{ controllers: (match[2] ?? "").split(","), path: match[3] ?? "/" }];
  });
  const mounts = mountinfo.split("\n").flatMap(parseMount);
  const mount1 = mounts.find((mount) => mount.type === "cgroup" && mount.options.includes("cpu"));
  const member1 = memberships.find((membership) => membership.controllers.includes("cpu"));
  if (mount1 !== undefined && member1 !== undefined) {
    return { version: 1, mount: mount1.point, directory: below(mount1, member1.path) };
  }
  const mount2 = mounts.find((mount) => mount.type === "cgroup2");
  const member2 = memberships.find((membership) => membership.controllers.join("") === "");
  if (mount2 !== undefined && member2 !== undefined) {
    return { version: 2, mount: mount2.point, directory: below(mount2, member2.path) };
  }
  return undefined;
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** A line of mountinfo: "31 23 0:28 root point options … - type source superoptions". */
function parseMount(line: string): Mount[] {
  const [front = "", back = ""] = line.split(" - ");
  const [, , , root, point] = front.split(" ");
  const [type, , options = ""] = back.split(" ");
  return root === undefined || point === undefined || type === undefined
    ? []
    : [{ root, point, type, options: options.split(",") }];
}

/** In a container the mount shows a part of the tree, while the path may be that of the whole. */
function below(mount: Mount, path: string): string {
  const inside = mount.root !== "/" && path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
  return `${mount.point}${inside}`.replace(/\/+$/, "");
}

/** The group and those around it, up to the mount. */
function upwards(directory: string, mount: string): string[] {
  const found = [directory];
  for (let current = directory; current.length > mount.length && current.startsWith(mount); ) {
    current = current.slice(0, current.lastIndexOf("/"));
    found.push(current);
  }
  return found;
}

function quota1(directory: string, read: ReadText): number | undefined {
  const quota = Number(read(`${directory}/cpu.cfs_quota_us`) ?? -1);
  const period = Number(read(`${directory}/cpu.cfs_period_us`) ?? 100_000);
  return quota > 0 && period > 0 ? quota / period : undefined;
}

/** cpu.max: "50000 100000", or "max 100000". */
function quota2(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? "").trim().split(" ").map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
}

export function parseCpuStat(text: string): { readonly periods: number; readonly throttled: number } {
  const field = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  return { periods: field("nr_periods"), throttled: field("nr_throttled") };
}
