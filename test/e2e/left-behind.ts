import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Everything of a run that is still there: processes by their marker or working folder, temporary folders, listeners. */
export function leftBehind(runId: string): string[] {
  const mark = `PROOFLOAD_RUN=${runId}`;
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const environment = quietly(() => readFileSync(`/proc/${pid}/environ`, "latin1")) ?? "";
    const cwd = quietly(() => readlinkSync(`/proc/${pid}/cwd`)) ?? "";
    const command = (quietly(() => readFileSync(`/proc/${pid}/cmdline`, "latin1")) ?? "").replaceAll("\0", " ");
    const isTestRunner = Number(pid) === process.pid;
    if (!isTestRunner && (environment.includes(mark) || cwd.includes(runId) || command.includes(runId))) {
      found.push(`process ${pid}: ${command}`);
    }
  }
  for (const root of new Set([tmpdir(), "/tmp", "/var/tmp"])) {
    for (const name of quietly(() => readdirSync(root)) ?? []) {
      if (name.includes(runId)) found.push(join(root, name));
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

/** Ports on which somebody listens, so that before and after can be compared. */
export function listeners(): Set<string> {
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  return new Set(
    lines.map((line) => line.trim().split(/\s+/)).flatMap(([, local = "", , state]) => (state === "0A" ? [local] : [])),
  );
}

function quietly<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
