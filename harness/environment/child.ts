import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ProofloadError } from "../errors.ts";
import { pinned } from "./affinity.ts";
import type { Guardian } from "./guardian.ts";
import { RUN_MARKER } from "./guardian-line.ts";
import { heapExhausted } from "./heap-limit.ts";
import { prioritise, type Role } from "./priority.ts";
import { signalGroup } from "./processes.ts";

export interface ChildOptions {
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment of the child (the run's marker is added); the user's own when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Absolute path; standard output and error are appended to it. Without it they go nowhere, unless piped. */
  readonly logFile?: string;
  /** "pipe": readable as `process.stdout` instead of going to the log. */
  readonly stdout?: "pipe";
  readonly stderr?: "pipe";
  /** User and group to run as; only root may say so. */
  readonly identity?: { readonly uid: number; readonly gid: number };
  /** The signal that ends it properly. Default SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
  /** How long it has to end properly when the harness itself has died; the guardian's own patience when left out. */
  readonly orphanGraceMs?: number;
  /** Cores that it may run on, with all that it starts: "0-1". Linux only; see `canPin`. */
  readonly cpuset?: string;
  /** Of a Node process that is held to it: its heap running full is want of memory then. */
  readonly memoryBytes?: number;
  /** Where cores do not suffice, the instrument (k6, canary) goes before what is measured (ADR 0003). */
  readonly role?: Role;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The memory limit that it went past, in bytes, where the kernel ended it for that. */
  readonly outOfMemory?: { readonly limitBytes: number };
}

/** What runs for this run: a child process, or a container. */
export interface Running {
  readonly name: string;
  /** On this machine. */
  readonly pid: number;
  readonly logFile: string | undefined;
  /** Undefined while it runs. */
  readonly exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  /** True from the moment that `stop` was called: its end is no failure. */
  readonly stopping: boolean;
  /** Asks it to end (`endSignal`), then forces it and its process group after `graceMs`. */
  stop(graceMs?: number): Promise<Exit>;
}

export interface Child extends Running {
  readonly process: ChildProcess;
}

/**
 * Starts a child of the run: in a process group of its own, marked with the run, known to the guardian.
 * @throws ProofloadError PL_START_FAILED when the command cannot be started at all.
 */
export async function spawnChild(
  guardian: Guardian,
  name: string,
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<Child> {
  const endSignal = options.endSignal ?? "SIGTERM";
  const process_ = launch(guardian, command, args, options);
  const exited = new Promise<Exit>((resolve) => {
    process_.once("exit", (code, signal) => resolve({ code, signal }));
  });
  // Told in the same turn as the start; what is killed in between is found by its marker.
  if (process_.pid !== undefined) {
    const grace = options.orphanGraceMs === undefined ? {} : { graceMs: options.orphanGraceMs };
    guardian.tell({ kind: "child", pid: process_.pid, name, signal: endSignal, ...grace });
  }
  try {
    if (process_.pid === undefined) await once(process_, "spawn");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProofloadError("PL_START_FAILED", `${name}: cannot start \`${command}\` in ${options.cwd}: ${why}`, {
      cause: error,
    });
  }
  const pid = process_.pid ?? 0;
  process_.on("error", () => {}); // a signal that could not be sent: "exit" or the next one tells
  let exit: Exit | undefined;
  let stopping = false;
  const ended = exited.then((how) => {
    const full = options.memoryBytes !== undefined && heapExhausted(how, options.logFile);
    exit = full ? { ...how, outOfMemory: { limitBytes: options.memoryBytes } } : how;
    // What it started itself and left behind (workers of a cluster).
    signalGroup(pid, "SIGKILL");
    guardian.tell({ kind: "gone", pid });
    return exit;
  });

  async function stop(graceMs = 5000): Promise<Exit> {
    stopping = true;
    if (exit !== undefined) return exit;
    process_.kill(endSignal);
    const timer = new AbortController();
    const late = sleep(graceMs, "late" as const, { signal: timer.signal }).catch(() => "ended" as const);
    if ((await Promise.race([ended, late])) === "late") signalGroup(pid, "SIGKILL");
    timer.abort();
    return ended;
  }

  return {
    name,
    pid,
    process: process_,
    logFile: options.logFile,
    get exit() {
      return exit;
    },
    exited: ended,
    get stopping() {
      return stopping;
    },
    stop,
  };
}

/** Waits for a child that ends by itself; ends it when aborted, and throws the signal's reason. */
export async function childEnd(
  child: Running,
  signal: AbortSignal,
  end: () => Promise<unknown> = () => child.stop(1000),
): Promise<Exit> {
  let ended: Promise<unknown> | undefined;
  const abort = () => {
    ended = end();
  };
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const exit = await child.exited;
  signal.removeEventListener("abort", abort);
  await ended;
  signal.throwIfAborted();
  return exit;
}

/** "exited with code 1", "killed by SIGKILL" */
export function describeExit(exit: Exit): string {
  if (exit.outOfMemory !== undefined) {
    const limit = exit.outOfMemory.limitBytes / 1024 ** 2;
    return `was ended by the kernel: out of memory, past its limit of ${Math.round(limit)} MiB`;
  }
  return exit.signal === null ? `exited with code ${exit.code}` : `killed by ${exit.signal}`;
}

function launch(guardian: Guardian, program: string, words: readonly string[], options: ChildOptions): ChildProcess {
  const [command, args] = pinned(program, words, options.cpuset);
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  try {
    const child = spawn(command, args, {
      cwd: options.cwd,
      detached: true,
      env: { ...(options.env ?? guardian.env), [RUN_MARKER]: guardian.runId },
      stdio: ["ignore", options.stdout ?? log ?? "ignore", options.stderr ?? log ?? "ignore"],
      ...options.identity,
    });
    // Before it makes threads: they inherit it.
    if (options.role !== undefined && child.pid !== undefined) prioritise(child.pid, options.role);
    return child;
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, "a");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProofloadError("PL_RUN_DIRECTORY", `cannot write the log ${path}: ${why}`, { cause: error });
  }
}
