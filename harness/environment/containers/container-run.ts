import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { constants } from "node:os";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ProofloadError } from "../../errors.ts";
import type { Exit, Running } from "../child.ts";
import { heapExhausted } from "../heap-limit.ts";
import { reasonOf } from "../readiness.ts";
import type { Docker } from "./engine.ts";

/** A container of the run, from its creation on. */
export interface ContainerRun extends Running {
  readonly id: string;
  readonly logFile: string;
  /** To be called when it has been started: from then on `pid` is known. */
  started(): Promise<void>;
}

interface Followed {
  readonly id: string;
  readonly name: string;
  readonly logFile: string;
  /** Its memory limit. */
  readonly memoryBytes?: number;
}

type Container = ReturnType<Docker["getContainer"]>;

/** Takes what a container writes to its log, from its first line. Call it before the container is started. */
export async function followContainer(docker: Docker, followed: Followed): Promise<ContainerRun> {
  const { id, name, logFile } = followed;
  const container = docker.getContainer(id);
  const logged = await copyLog(docker, container, logFile);
  const end = Promise.withResolvers<Exit>();
  let pid = 0;
  let state: "created" | "running" | "ended" = "created";
  let exit: Exit | undefined;
  let stopping = false;
  let removed: Promise<void> | undefined;

  async function started(): Promise<void> {
    state = "running";
    void exitOf(container, followed).then(async (how) => {
      // What it wrote last is the reason that people look for.
      await Promise.race([logged.done, sleep(500, undefined, { ref: false })]);
      const full = followed.memoryBytes !== undefined && heapExhausted(how, logFile);
      ended(full ? { ...how, outOfMemory: { limitBytes: followed.memoryBytes } } : how);
    });
    pid = await hostPid(container, id);
  }

  function ended(how: Exit): void {
    if (state === "ended") return;
    state = "ended";
    exit = how;
    end.resolve(how);
  }

  async function stop(graceMs = 5000): Promise<Exit> {
    stopping = true;
    if (state === "running" && graceMs > 0 && heeds(pid, constants.signals.SIGTERM)) {
      await container.kill({ signal: "SIGTERM" }).catch(unlessGone);
      const timer = new AbortController();
      await Promise.race([end.promise, sleep(graceMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
    }
    removed ??= container.remove({ force: true, v: true }).catch(unlessGone);
    await removed;
    if (state === "created") ended({ code: null, signal: "SIGKILL" });
    return end.promise;
  }

  return {
    id,
    name,
    logFile,
    get pid() {
      return pid;
    },
    get exit() {
      return exit;
    },
    exited: end.promise,
    get stopping() {
      return stopping;
    },
    started,
    stop,
  };
}

/** Standard output and error as they come; the promise inside settles when the container has closed both. */
async function copyLog(docker: Docker, container: Container, logFile: string): Promise<{ done: Promise<void> }> {
  const file = createWriteStream(logFile, { flags: "a" });
  try {
    await once(file, "open");
  } catch (cause) {
    throw new ProofloadError("PL_RUN_DIRECTORY", `cannot write the log ${logFile}: ${reasonOf(cause)}`, { cause });
  }
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  docker.modem.demuxStream(stream, file, file);
  stream.once("end", () => file.end());
  stream.once("error", () => file.end()); // the engine went away: the end of the container tells
  return { done: finished(file).catch(() => {}) };
}

/** The end of a container that runs, or ran: its code, its signal, and whether it was for want of memory. */
async function exitOf(container: Container, { memoryBytes }: Followed): Promise<Exit> {
  const killed = { code: null, signal: "SIGKILL" } as const;
  const answer = await container.wait().catch(() => undefined); // removed already
  const status = typeof answer?.StatusCode === "number" ? answer.StatusCode : undefined;
  if (status === undefined) return killed;
  const state = await container.inspect().then(
    ({ State }) => State,
    () => undefined,
  );
  const memory = state?.OOMKilled === true && memoryBytes !== undefined;
  return { ...exitFrom(status), ...(memory ? { outOfMemory: { limitBytes: memoryBytes } } : {}) };
}

/** Engines tell a signal as 128 and its number, as shells do. */
function exitFrom(status: number): Exit {
  const number = status - 128;
  const signals = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  const signal = signals.find(([, value]) => value === number)?.[0];
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}

/** Its process id on this machine; 0 where it has ended, or where the engine counts in a world of its own. */
async function hostPid(container: Container, id: string): Promise<number> {
  const { State } = await container.inspect();
  const pid = State.Pid;
  try {
    return pid > 0 && readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(id) ? pid : 0;
  } catch {
    return 0;
  }
}

/**
 * The first process of a container gets no signal that it has neither asked for nor blocked: waiting would be in vain.
 * True where that cannot be seen.
 */
function heeds(pid: number, signal: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const masks = [...status.matchAll(/^Sig(?:Blk|Cgt):\s*([0-9a-f]+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
    return masks.length === 0 || masks.some((mask) => ((mask >> BigInt(signal - 1)) & 1n) === 1n);
  } catch {
    return true;
  }
}

/** It has ended, or is being removed: what was asked for is so. */
function unlessGone(error: unknown): void {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status !== 404 && status !== 409) throw error;
}
