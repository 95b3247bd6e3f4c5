import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { type ProcessStat, parseProcessStat, parseProcessStatus, parseProportionalSize } from "./proc-text.ts";

export interface Usage {
  /** CPU seconds of a process and its descendants since it was first looked at. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Cores that it may run on. */
  readonly cpus: readonly number[];
}

export interface UsageReader {
  /** Of the process and its descendants, but not of those of other parts. Undefined when the process is gone. */
  usageOf(pid: number, others: ReadonlySet<number>): Usage | undefined;
  /** To be called before each round: looks at what is new among the processes. */
  look(): void;
}

/** A process id may be given away again: every so many rounds everything is looked at anew. */
const FORGET_AFTER = 20;
/** Proportional sizes cost the kernel a walk over all pages: only every so many rounds. */
const SIZE_EVERY = 6;

/** Reads /proc. A round costs one directory listing, and one small file for each process that belongs to a part. */
export function createProcUsage(proc = "/proc"): UsageReader {
  const known = new Map<number, ProcessStat>();
  const counted = new Map<number, Counted>();
  let children: ReadonlyMap<number, readonly number[]> = new Map();
  let round = 0;

  const stat = (pid: number) => {
    const text = readText(`${proc}/${pid}/stat`);
    return text === undefined ? undefined : parseProcessStat(text);
  };

  return {
    look() {
      if (round % FORGET_AFTER === 0) known.clear();
      round += 1;
      const present = new Set(listProcesses(proc));
      for (const pid of known.keys()) if (!present.has(pid)) known.delete(pid);
      for (const pid of present) {
        const found = known.has(pid) ? undefined : stat(pid);
        if (found !== undefined) known.set(pid, found);
      }
      children = childrenOf(known);
    },
    usageOf(root, others) {
      const members = [root, ...descendants(root, others, children)].flatMap((pid) => {
        const now = stat(pid);
        return now === undefined || now.state === "Z" ? [] : [{ pid, now }];
      });
      if (members[0]?.pid !== root) {
        counted.delete(root);
        return undefined;
      }
      const part = counted.get(root) ?? { cpuSeconds: 0, last: new Map<number, ProcessStat>(), sizes: 0, rssBytes: 0 };
      const isFirst = !counted.has(root);
      for (const { pid, now } of members) {
        const before = part.last.get(pid);
        const isSame = before?.startedAt === now.startedAt;
        // A new child's time is the part's; what a process had used before we first looked is not.
        if (!isFirst) part.cpuSeconds += now.cpuSeconds - (isSame ? before.cpuSeconds : 0);
      }
      part.last = new Map(members.map(({ pid, now }) => [pid, now]));
      const status = parseProcessStatus(readText(`${proc}/${root}/status`) ?? "");
      if (members.length === 1) part.rssBytes = status.rssBytes;
      else if (part.sizes % SIZE_EVERY === 0)
        part.rssBytes = sharedSize(
          members.map(({ pid }) => pid),
          proc,
        );
      part.sizes += 1;
      counted.set(root, part);
      return { cpuSeconds: part.cpuSeconds, rssBytes: part.rssBytes, cpus: status.cpus };
    },
  };
}

interface Counted {
  cpuSeconds: number;
  last: Map<number, ProcessStat>;
  sizes: number;
  rssBytes: number;
}

/**
 * Memory of processes that share much of it (Postgres), each page counted once: the sum of their proportional sizes;
 * where these may not be read, each one's own pages and once the largest part that any has in common with others.
 */
function sharedSize(pids: readonly number[], proc: string): number {
  let total = 0;
  let largestShared = 0;
  for (const pid of pids) {
    const proportional = parseProportionalSize(readText(`${proc}/${pid}/smaps_rollup`) ?? "");
    if (proportional !== undefined) {
      total += proportional;
      continue;
    }
    const { rssBytes, sharedBytes } = parseProcessStatus(readText(`${proc}/${pid}/status`) ?? "");
    total += rssBytes - sharedBytes;
    largestShared = Math.max(largestShared, sharedBytes);
  }
  return total + largestShared;
}

function childrenOf(known: ReadonlyMap<number, ProcessStat>): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of known) {
    const own = children.get(parent);
    if (own === undefined) children.set(parent, [pid]);
    else own.push(pid);
  }
  return children;
}

function descendants(
  root: number,
  others: ReadonlySet<number>,
  children: ReadonlyMap<number, readonly number[]>,
): readonly number[] {
  const found: number[] = [];
  for (let next: readonly number[] = [root]; next.length > 0; ) {
    next = next.flatMap((pid) => children.get(pid) ?? []).filter((pid) => !others.has(pid));
    found.push(...next);
  }
  return found;
}

function listProcesses(proc: string): number[] {
  try {
    return readdirSync(proc).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Open files and sockets of a process; undefined where they may not be looked at, or it is gone. */
export function openFiles(pid: number, proc = "/proc"): number | undefined {
  try {
    return readdirSync(`${proc}/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** One buffer for all: a new one for each small file would cost more than the reading. */
const buffer = Buffer.allocUnsafe(128 * 1024);

/** A process may end between two reads: then there is nothing to read, and that is no error. */
export function readText(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    let length = 0;
    for (let bytes = -1; bytes !== 0 && length < buffer.length; length += bytes) {
      bytes = readSync(file, buffer, length, buffer.length - length, null);
    }
    return buffer.toString("latin1", 0, length);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
