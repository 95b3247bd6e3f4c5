/** What the benchmarks of the harness share: k6 beside the harness, with the CPU time of either. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { listRuns } from "../../harness/collect/run-directory.ts";
import { ensureK6 } from "../../harness/load/k6-binary.ts";

export const run = promisify(execFile);
export const ROOT = join(import.meta.dirname, "..", "..");

/** The pinned k6. */
export async function benchK6(): Promise<string> {
  const k6 = await ensureK6({
    env: process.env,
    cwd: ROOT,
    onProgress: (text) => process.stderr.write(`${text}\n`),
    signal: new AbortController().signal,
  });
  return k6.path;
}

export async function newest(output: string): Promise<string> {
  return join(output, (await listRuns(output)).at(-1) ?? "");
}

export interface Timed {
  /** Runs as the program does. */
  readonly path: string;
  /** Of the last `run`: the program and every process that it waited for, user and system. */
  cpuSeconds(): Promise<number>;
}

/** A program that notes its CPU time, as the shell that waits for it sees it. `command` is one or more shell words. */
export async function timed(work: string, name: string, command: string): Promise<Timed> {
  const script = join(work, name);
  const times = join(work, `${name}.times`);
  await writeFile(script, `#!/bin/bash\n${command} "$@"\ncode=$?\n[ "$1" = run ] && times > ${times}\nexit $code\n`);
  await chmod(script, 0o755);
  return {
    path: script,
    async cpuSeconds() {
      // Two lines of "user system": the shell's own, and its children's.
      const children = (await readFile(times, "utf8")).split("\n")[1] ?? "";
      return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
    },
  };
}

/** Two bytes, in a process of its own. */
export async function responder(): Promise<AsyncDisposable & { url: string }> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, "harness", "load", "canary-process.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) {
    throw new Error("the responder has no output");
  }
  const [listening] = await once(createInterface({ input: child.stdout }), "line");
  return {
    url: `http://${listening}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}
