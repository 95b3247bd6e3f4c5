import { execFileSync } from "node:child_process";
import type { Usage, UsageReader } from "./process-usage.ts";

/** Where there is no /proc (macOS): `ps`, which costs a process each time. Shared memory is counted for each process. */
export function createPsUsage(run: () => string = runPs): UsageReader {
  let table: PsLine[] = [];
  const first = new Map<number, number>();
  return {
    look() {
      try {
        table = parsePs(run());
      } catch {
        table = [];
      }
    },
    usageOf(root, others): Usage | undefined {
      const found = new Set<number>(table.filter((line) => line.pid === root).map((line) => line.pid));
      for (let before = -1; before !== found.size; ) {
        before = found.size;
        for (const line of table) if (found.has(line.parent) && !others.has(line.pid)) found.add(line.pid);
      }
      if (found.size === 0) return undefined;
      const members = table.filter((line) => found.has(line.pid));
      const cpuSeconds = members.reduce((sum, line) => sum + line.cpuSeconds, 0);
      const start = first.get(root) ?? cpuSeconds;
      first.set(root, start);
      const rssBytes = members.reduce((sum, line) => sum + line.rssBytes, 0);
      return { cpuSeconds: Math.max(0, cpuSeconds - start), rssBytes, cpus: [] };
    },
  };
}

export interface PsLine {
  readonly pid: number;
  readonly parent: number;
  readonly rssBytes: number;
  readonly cpuSeconds: number;
}

/** Output of `ps -axo pid=,ppid=,rss=,time=`; time is [[days-]hours:]minutes:seconds. */
export function parsePs(text: string): PsLine[] {
  return text.split("\n").flatMap((line) => {
    const [pid, parent, rss, time] = line.trim().split(/\s+/);
    if (pid === undefined || parent === undefined || rss === undefined || time === undefined) return [];
    const [clock = "", days = "0"] = time.split("-").reverse();
    const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        rssBytes: Number(rss) * 1024,
        cpuSeconds: Number(days) * 86_400 + seconds,
      },
    ];
  });
}

function runPs(): string {
  return execFileSync("ps", ["-axo", "pid=,ppid=,rss=,time="], { encoding: "utf8", timeout: 2000 });
}
