import { readdirSync } from "node:fs";
import { parseOnCpu } from "./proc-text.ts";
import { readText } from "./process-usage.ts";

/**
 * Cores that the busiest thread of a process used since it was last asked, 0 to 1. A service whose work is done by one
 * thread is at its end when that thread is, whatever the machine has left. Undefined at the first look, and where the
 * kernel does not tell.
 */
export function watchBusiestThread(): (pid: number, at: number) => number | undefined {
  let last: { readonly pid: number; readonly at: number; readonly seconds: ReadonlyMap<string, number> } | undefined;
  return (pid, at) => {
    const seconds = onCpu(pid);
    const before = last?.pid === pid ? last : undefined;
    last = { pid, at, seconds };
    if (before === undefined || at <= before.at || seconds.size === 0) return undefined;
    const gains = [...seconds].map(([thread, now]) => now - (before.seconds.get(thread) ?? now));
    return (Math.max(0, ...gains) / (at - before.at)) * 1000;
  };
}

function onCpu(pid: number): ReadonlyMap<string, number> {
  try {
    return new Map(
      readdirSync(`/proc/${pid}/task`).flatMap((thread): [string, number][] => {
        const text = readText(`/proc/${pid}/task/${thread}/schedstat`);
        return text === undefined ? [] : [[thread, parseOnCpu(text)]];
      }),
    );
  } catch {
    return new Map();
  }
}
