import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

export const ROOT = join(import.meta.dirname, "..", "..");
export const DEMO_CONFIG = join(ROOT, "test", "demo", "proofload.config.ts");
const CLI = join(ROOT, "bin", "proofload.js");

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error contains the text; rejects when the process ends before. */
  said(text: string): Promise<void>;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Modules for `node --import`. */
  readonly imports?: readonly string[];
}

const running = new Set<ChildProcess>();

/** After a test that failed half-way: its runs would be in the way of the next. */
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts the real command line as a user would, in a folder of its own. */
export function start(args: readonly string[], options: StartOptions): Started {
  const imports = (options.imports ?? []).flatMap((file) => ["--import", file]);
  const cache = process.env["PROOFLOAD_CACHE"] ?? join(ROOT, ".proofload", "bin");
  const child = spawn(process.execPath, [...imports, CLI, ...args], {
    cwd: options.cwd,
    env: { ...process.env, PROOFLOAD_CACHE: cache, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout?.on("data", (bytes: Buffer) => {
    stdout += bytes;
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    stderr += bytes;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(text)) {
          listeners.delete(look);
          resolve();
        }
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended before it said "${text}":\n${stderr}`)));
    });
  return { child, ended, said };
}

export async function run(args: readonly string[], options: StartOptions): Promise<Ended> {
  return start(args, options).ended;
}

/** A folder that is gone after the test. */
export async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "proofload-e2e-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The only run directory below a folder in which one run was made. */
export async function runDirectory(cwd: string): Promise<string> {
  const runs = join(cwd, ".proofload", "runs");
  const [name = ""] = await readdir(runs);
  return join(runs, name);
}

export async function json<Value>(file: string): Promise<Value> {
  return JSON.parse(await readFile(file, "utf8"));
}
