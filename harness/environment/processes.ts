import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { RUN_MARKER } from "./guardian-line.ts";

/**
 * Process ids that belong to a run: those that carry its marker in their environment, and those that work inside one
 * of its folders (Postgres overwrites the environment of its backends with their titles, and puts each into a session
 * of its own). A person's shell or editor that stands in such a folder has a terminal, and is left alone.
 * Linux only: elsewhere the answer is empty and only the registered process groups are known.
 */
export function processesOfRun(runId: string, directories: readonly string[]): number[] {
  const found: number[] = [];
  for (const pid of allProcesses()) {
    if (pid !== process.pid && belongsToRun(pid, runId, directories)) found.push(pid);
  }
  return found;
}

/**
 * Does a run still live on this machine? By a process that carries its marker or, as the guardian does, its id as an
 * argument. Linux only, else false.
 */
export function isRunAlive(runId: string): boolean {
  return allProcesses().some(
    (pid) => belongsToRun(pid, runId, []) || read(`/proc/${pid}/cmdline`).split("\0").includes(runId),
  );
}

/** False also for a process that has ended and waits for its parent to take notice. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return statusOf(pid)?.state !== "Z";
}

/** False when it is held still or has ended. Linux only, else false. */
export function isRunning(pid: number): boolean {
  const state = statusOf(pid)?.state;
  return state !== undefined && !"TtZX".includes(state);
}

/** On Linux: does this process id still mean the process of that run? A process id may have been given away again. */
export function belongsToRun(pid: number, runId: string, directories: readonly string[]): boolean {
  if (process.platform !== "linux") return true;
  const status = statusOf(pid);
  if (status === undefined || status.state === "Z") return false;
  if (`\0${read(`/proc/${pid}/environ`)}`.includes(`\0${RUN_MARKER}=${runId}\0`)) return true;
  return status.terminal === 0 && worksIn(pid, directories);
}

/** Processes without a terminal whose current folder is one of these or below. Linux only, else empty. */
export function processesIn(directories: readonly string[]): number[] {
  return allProcesses().filter((pid) => worksIn(pid, directories) && statusOf(pid)?.terminal === 0);
}

function worksIn(pid: number, directories: readonly string[]): boolean {
  const folder = link(`/proc/${pid}/cwd`)?.replace(/ \(deleted\)$/, "");
  return folder !== undefined && directories.some((root) => folder === root || folder.startsWith(`${root}/`));
}

/** Sends the signal to the process group, or else to the process; no error when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // ESRCH: no such group (any more), or EPERM: nothing that we could do
    }
  }
}

function allProcesses(): number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function statusOf(pid: number): { state: string; terminal: number } | undefined {
  // "pid (name) state ppid pgrp session tty_nr …"; the name may itself hold blanks and brackets.
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , , , terminal] = fields;
  return text === "" || state === undefined ? undefined : { state, terminal: Number(terminal) };
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
