/**
 * Ways to hold a process back, for the demos and tests that show a starved k6 is found out. Linux only.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { setNice } from "../../harness/environment/priority.ts";

export interface Starved extends AsyncDisposable {
  /** What is really done, for the output of the demo. */
  readonly how: string;
}

/**
 * Holds a process to a share of one core: through a cgroup of its own where this user may make one (v1 or v2), else by
 * stopping and continuing it, which is coarser and says so.
 */
export async function holdToCpu(pid: number, cores: number): Promise<Starved> {
  return cgroupQuota(pid, cores) ?? dutyCycle(pid, cores);
}

/** The busy process ends by itself, should nobody be left to end it. */
const BUSY_MS = 120_000;

/** A busy process on the same core as `pid`, with the same priority: the kernel shares the core between them. */
export async function shareCore(pid: number, core: number): Promise<Starved> {
  await taskset(pid, core);
  const work = `for (const end = Date.now() + ${BUSY_MS}; Date.now() < end; );`;
  const busy = await startStranger(["setsid", "taskset", "-c", String(core), process.execPath, "-e", work]);
  setNice(busy, getPriority(pid));
  return {
    how: `a busy process (pid ${busy}) shares core ${core} with it`,
    [Symbol.asyncDispose]: async () => {
      signal(busy, "SIGKILL");
    },
  };
}

/** A process that is nobody's child here: what the harness starts itself would count as the harness. */
async function startStranger(command: readonly string[]): Promise<number> {
  const shell = spawn("/bin/sh", ["-c", '"$@" >/dev/null 2>&1 & echo $!', "sh", ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return Number(await text(shell.stdout));
}

/** Stops a process for `stoppedMs` in every `periodMs`. */
export async function stopAndGo(pid: number, stoppedMs: number, periodMs: number): Promise<Starved> {
  let going = true;
  const loop = (async () => {
    while (going) {
      await sleep(periodMs - stoppedMs);
      if (!signal(pid, "SIGSTOP")) return;
      await sleep(stoppedMs);
      if (!signal(pid, "SIGCONT")) return;
    }
  })();
  return {
    how: `stopped for ${stoppedMs} ms in every ${periodMs} ms`,
    [Symbol.asyncDispose]: async () => {
      going = false;
      await loop;
      signal(pid, "SIGCONT");
    },
  };
}

function dutyCycle(pid: number, cores: number): Promise<Starved> {
  // 100 ms is the period of the kernel's own quota
  return stopAndGo(pid, Math.round(100 * (1 - cores)), 100);
}

const V1 = "/sys/fs/cgroup/cpu";
const V2 = "/sys/fs/cgroup";
const PERIOD_US = 100_000;

function cgroupQuota(pid: number, cores: number): Starved | undefined {
  const group = makeCpuGroup(`proofload-starve-${pid}`, cores);
  if (group === undefined) return undefined;
  const how = `held to ${cores} of a core by the cgroup ${group.folder}`;
  const dispose = () => group[Symbol.asyncDispose]();
  try {
    writeFileSync(`${group.folder}/cgroup.procs`, String(pid));
  } catch {
    void dispose();
    return undefined;
  }
  return { how, [Symbol.asyncDispose]: dispose };
}

/** A control group with a quota of CPU time; who writes its id into its cgroup.procs is held to it. */
export interface CpuGroup extends AsyncDisposable {
  readonly folder: string;
}

/** Undefined where this user may make none. Taken away when the processes in it have ended. */
export function makeCpuGroup(name: string, cores: number): CpuGroup | undefined {
  const quota = Math.round(cores * PERIOD_US);
  const attempts = [
    { folder: `${V1}/${name}`, probe: `${V1}/cpu.cfs_quota_us`, file: "cpu.cfs_quota_us", value: `${quota}` },
    { folder: `${V2}/${name}`, probe: `${V2}/cgroup.controllers`, file: "cpu.max", value: `${quota} ${PERIOD_US}` },
  ];
  for (const { folder, probe, file, value } of attempts) {
    if (!existsSync(probe)) continue;
    try {
      mkdirSync(folder);
      writeFileSync(`${folder}/${file}`, value);
    } catch {
      removeFolder(folder);
      continue;
    }
    return {
      folder,
      [Symbol.asyncDispose]: async () => {
        for (let tries = 0; tries < 50 && !removeFolder(folder); tries++) await sleep(20);
      },
    };
  }
  return undefined;
}

/** Only an empty cgroup can be removed: the process has to be gone. */
function removeFolder(folder: string): boolean {
  try {
    if (existsSync(folder)) rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false; // it has ended
  }
}

async function taskset(pid: number, core: number): Promise<void> {
  const child = spawn("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
  if (code !== 0) throw new Error(`taskset could not move process ${pid} to core ${core} (exit ${code})`);
}
