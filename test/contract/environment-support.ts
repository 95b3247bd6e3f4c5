import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { PostgresSource } from "../../harness/environment/postgres-binaries.ts";
import type { ServiceDefinition } from "../../harness/plan/definition.ts";

export const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const temporaryRoots = ["/var/tmp", "/tmp"];

export interface DriverOptions {
  readonly runId: string;
  readonly logDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Stays up until it is interrupted. */
  readonly holds: boolean;
  /** Resets once before it stops. */
  readonly resets: boolean;
  readonly temporaryRoot?: string;
  readonly postgresSource?: PostgresSource;
  /** Absolute folder of the fixture service's image: everything in containers. */
  readonly buildContext?: string;
  /** Whatever it makes, it says that it was made that much earlier; milliseconds. */
  readonly madeEarlierMs?: number;
  /** Drives load with k6 while it stays up. */
  readonly loads?: boolean;
}

export function fixtureService(
  environment: Readonly<Record<string, string>> = {},
  more: Partial<ServiceDefinition> = {},
): ServiceDefinition {
  return {
    name: "fixture",
    directory: "service",
    command: ["node", "server.mjs"],
    seedCommand: ["node", "seed.mjs"],
    needs: {
      postgres: { urlVariable: "DATABASE_URL", settings: { work_mem: "5MB" } },
      redis: { urlVariable: "REDIS_URL" },
    },
    environment,
    portVariable: "PORT",
    readyPath: "/readyz",
    readyWithin: "10s",
    metricsPath: "/metrics",
    ...more,
  };
}

export function newRunId(): string {
  return `test-${process.pid}-${randomBytes(4).toString("hex")}`;
}

/** A folder that the test removes itself. */
export function scratchFolder(mode = 0o700): { readonly path: string } & Disposable {
  const path = mkdtempSync("/var/tmp/test-environment-");
  chmodSync(path, mode);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Driver {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  /** Waits for a line that begins with this text. */
  line(start: string): Promise<string>;
  readonly exited: Promise<number | NodeJS.Signals | null>;
}

/** Starts the driver; `through` is a command before it, such as setpriv. */
export function startDriver(options: DriverOptions, through: readonly string[] = [], env = process.env): Driver {
  const words = [...through, process.execPath, join(fixtures, "environment-driver.ts"), JSON.stringify(options)];
  const child = spawn(words[0] ?? "", words.slice(1), { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  const exited = once(child, "exit").then(([code, signal]) => code ?? signal);
  return {
    process: child,
    lines,
    exited,
    async line(start) {
      const deadline = performance.now() + 60_000;
      while (performance.now() < deadline) {
        const found = lines.find((line) => line.startsWith(start));
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null) break;
        await sleep(2);
      }
      throw new Error(`no line "${start}" from the driver, but: ${lines.join(" / ")}`);
    },
  };
}

/** What is still there of a run: processes (marker or run id on the command line), folders, shared memory. */
export function leftOf(runId: string): string[] {
  const left: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
    // Postgres overwrites the environment of its backends: those are known by where they work.
    const marked = read(`/proc/${pid}/environ`).includes(`PROOFLOAD_RUN=${runId}`) || folderOf(pid).includes(runId);
    if (marked || command.includes(runId)) left.push(`process ${pid} ${command}`);
  }
  for (const root of temporaryRoots) {
    for (const name of readdirSync(root)) if (name.includes(runId)) left.push(join(root, name));
  }
  return left;
}

/** Shared memory that nobody uses: System V segments without a process, files of Postgres that nobody has mapped. */
export function orphanedSharedMemory(): string[] {
  const rows = execFileSync("ipcs", ["-m"], { encoding: "utf8" }).split("\n");
  const segments = rows.filter((row) => row.startsWith("0x") && row.trim().split(/\s+/)[5] === "0");
  const mapped = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => read(`/proc/${pid}/maps`))
    .join("\n");
  const files = readdirSync("/dev/shm").filter((name) => name.startsWith("PostgreSQL.") && !mapped.includes(name));
  return [...segments, ...files];
}

/** Waits (at most 10 s) until nothing is left, and returns what is. */
export async function leftAfterAWhile(runId: string, before: readonly string[] = []): Promise<string[]> {
  const look = () => [...leftOf(runId), ...orphanedSharedMemory().filter((one) => !before.includes(one))];
  for (let tries = 0; tries < 200 && look().length > 0; tries += 1) await sleep(50);
  return look();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
