import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type EngineAddress, removeEngineRemains } from "./containers/engine-remains.ts";
import type { GuardianLine } from "./guardian-line.ts";
import { holdStill } from "./hold-still.ts";
import { type MappedMemory, mappedMemory, removeMappedMemory, removePostgresRemains } from "./postgres-remains.ts";
import { belongsToRun, isAlive, processesOfRun, signalGroup } from "./processes.ts";

/**
 * The guardian: started by guardian.ts with the run id as its argument, and told on its standard input what there is.
 * It waits for the end of that input and then ends what is still there. It imports as little as it can and does nothing
 * while load is driven.
 */
const GRACE_MS = 3000;
const GIVE_UP_MS = 10_000;
/** An engine that is busy makes a container some seconds after it was asked to. */
const ENGINE_LATE_MS = 5000;
const ENGINE_GIVE_UP_MS = 13_000;

type ChildLine = Extract<GuardianLine, { kind: "child" }>;

const runId = process.argv[2] ?? "";
const children = new Map<number, ChildLine>();
const directories = new Set<string>();
const clusters = new Map<string, string | undefined>();
const engines: EngineAddress[] = [];
const mapped: MappedMemory[] = [];
let inOrder = false;

// It ends when the harness has ended, and by nothing else that is meant politely.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

try {
  for await (const text of createInterface({ input: process.stdin })) note(text);
} catch {
  // a broken pipe is an end like any other
}
// Side by side: load has to stop within two seconds, however long an engine takes.
const signal = AbortSignal.timeout(ENGINE_GIVE_UP_MS);
const lateMs = inOrder ? 0 : ENGINE_LATE_MS;
await Promise.all([endProcesses(), ...engines.map((engine) => removeEngineRemains(engine, { runId, lateMs, signal }))]);
for (const [dataDirectory, controlFile] of clusters) removePostgresRemains(dataDirectory, controlFile);
for (const memory of mapped) removeMappedMemory(memory);
await removeDirectories();

function note(text: string): void {
  let line: GuardianLine;
  try {
    line = JSON.parse(text);
  } catch {
    return; // the harness was killed in the middle of a line
  }
  if (line.kind === "child") children.set(line.pid, line);
  else if (line.kind === "gone") children.delete(line.pid);
  else if (line.kind === "directory") directories.add(line.path);
  else if (line.kind === "postgres") clusters.set(line.dataDirectory, line.controlFile);
  else if (line.kind === "engine") engines.push(line);
  else inOrder = true;
}

async function endProcesses(): Promise<void> {
  const started = performance.now();
  const asked = new Set<number>();
  for (;;) {
    const elapsed = performance.now() - started;
    if (elapsed > GIVE_UP_MS) return; // nothing more that a process could do (uninterruptible, or not ours to end)
    const isDue = (pid: number) => !asked.has(pid) || elapsed > (children.get(pid)?.graceMs ?? GRACE_MS);
    if (remaining().length === 0) return;
    const still = await holdStill(() => remaining().filter(isDue));
    // Also before it is killed: a Postgres that was asked while it started goes on to map, and ends only then.
    mapped.push(...still.map(mappedMemory));
    for (const pid of still) signalGroup(pid, asked.has(pid) ? "SIGKILL" : (children.get(pid)?.signal ?? "SIGTERM"));
    for (const pid of still) signalGroup(pid, "SIGCONT");
    for (const pid of still) asked.add(pid);
    await sleep(25);
  }
}

function remaining(): number[] {
  const folders = [...directories];
  const registered = [...children.keys()].filter((pid) => isAlive(pid) && belongsToRun(pid, runId, folders));
  return [...new Set([...registered, ...processesOfRun(runId, folders)])];
}

async function removeDirectories(): Promise<void> {
  for (const path of directories) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    } catch {
      // no right to, or a file system that has become read-only: there is nobody left to tell
    }
  }
}
