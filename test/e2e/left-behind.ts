import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Everything of a run that is still there: processes by their marker or working folder, and temporary folders. A port
 * is held by a process, so where no process is left no port is.
 */
export function leftBehind(runId: string): string[] {
  const folders = [...new Set([tmpdir(), "/tmp", "/var/tmp"])].flatMap((root) =>
    (quietly(() => readdirSync(root)) ?? []).filter((name) => name.includes(runId)).map((name) => join(root, name)),
  );
  return [...processesOf(runId), ...folders];
}

/** Processes that carry the run's marker, or that were started in or with something of that name. */
export function processesOf(runId: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const environment = quietly(() => readFileSync(`/proc/${pid}/environ`, "latin1")) ?? "";
    const cwd = quietly(() => readlinkSync(`/proc/${pid}/cwd`)) ?? "";
    const command = (quietly(() => readFileSync(`/proc/${pid}/cmdline`, "latin1")) ?? "").replaceAll("\0", " ");
    const mark = environment.split("\0").find((entry) => entry.startsWith("PROOFLOAD_RUN=")) ?? "";
    const isTestRunner = Number(pid) === process.pid;
    if (!isTestRunner && (mark.includes(runId) || cwd.includes(runId) || command.includes(runId))) {
      found.push(`process ${pid}: ${command}`);
    }
  }
  return found;
}

/** Waits until nothing is left; returns what still is there after 15 s. */
export async function nothingLeft(runId: string): Promise<string[]> {
  for (let waited = 0; waited < 15_000; waited += 250) {
    if (leftBehind(runId).length === 0) {
      return [];
    }
    await sleep(250);
  }
  return leftBehind(runId);
}

function quietly<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
