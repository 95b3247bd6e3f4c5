import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { GuardianLine } from "./guardian-line.ts";
import { temporaryRoot } from "./temporary-root.ts";

/**
 * Sees to it that nothing is left behind, however the harness ends. It holds one end of a pipe; when the other end
 * closes (normal end, crash, `kill -9`), a small process of its own ends every child that is still there and removes
 * the temporary folders. There is one way to end for all cases, so the rare ones are tested with the common one.
 */
export interface Guardian extends AsyncDisposable {
  readonly runId: string;
  /** The environment of the user; what a child gets of it, its starter decides. */
  readonly env: Host["env"];
  /** Process id of the guardian at this moment; it is started again when somebody kills it. */
  readonly pid: number;
  /** Makes a folder of this run that is removed at the end, and returns its absolute path. */
  makeDirectory(name: string, options?: { readonly mode?: number }): Promise<string>;
  tell(line: GuardianLine): void;
  /** The normal end: returns when the guardian has cleaned up and gone. May be called more than once. */
  done(): Promise<void>;
}

export interface GuardianOptions {
  /** Unique among runs: everything marked with it is ended. 8 to 80 letters, digits, `.`, `_`, `-`. */
  readonly runId: string;
  readonly env: Host["env"];
  /** Folder below which the run's temporary folders are made; chosen by `temporaryRoot` when left out. */
  readonly temporaryRoot?: string;
}

/** @throws ProofloadError PL_START_FAILED when the process cannot be started; PL_INTERNAL for an unfit run id. */
export async function startGuardian(options: GuardianOptions): Promise<Guardian> {
  const { runId, env } = options;
  // A short or empty id would match the marker of somebody else's processes.
  if (!/^[\w.-]{8,80}$/.test(runId)) throw new ProofloadError("PL_INTERNAL", `unfit run id "${runId}" for a guardian`);
  const root = options.temporaryRoot ?? (await temporaryRoot(env));
  const book = new Map<string, GuardianLine>();
  let ending = false;
  let deaths = 0;
  let restart: Promise<void> | undefined;
  let current = await start();

  async function start(): Promise<ChildProcess> {
    const child = launch(runId);
    try {
      await once(child, "spawn");
    } catch (error) {
      throw new ProofloadError("PL_START_FAILED", "the guardian process could not be started", { cause: error });
    }
    child.stdin?.on("error", () => {}); // it died: "exit" follows and starts it again
    for (const line of book.values()) write(child, line);
    child.on("error", () => {});
    child.once("exit", () => {
      deaths += 1;
      if (!ending && deaths <= 5) restart = replace();
    });
    // It must not keep the harness alive.
    child.unref();
    if (child.stdin !== null && "unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
    return child;
  }

  async function replace(): Promise<void> {
    try {
      current = await start();
    } catch {
      // no second process to be had: the harness itself still cleans up at a normal end
    }
  }

  function tell(line: GuardianLine): void {
    if (line.kind === "gone") book.delete(`child ${line.pid}`);
    else book.set(keyOf(line), line);
    write(current, line);
  }

  async function makeDirectory(name: string, more: { readonly mode?: number } = {}): Promise<string> {
    const path = join(root, `proofload-${runId}-${name}-${randomBytes(4).toString("hex")}`);
    tell({ kind: "directory", path });
    try {
      await mkdir(path, { mode: 0o700 });
      if (more.mode !== undefined) await chmod(path, more.mode); // whatever the umask is
    } catch (error) {
      throw new ProofloadError("PL_START_FAILED", `cannot make the temporary folder ${path}`, { cause: error });
    }
    return path;
  }

  async function done(): Promise<void> {
    ending = true;
    await restart;
    const child = current;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.ref();
    write(child, { kind: "end" });
    child.stdin?.end();
    await exited;
  }

  return {
    runId,
    env,
    get pid() {
      return current.pid ?? 0;
    },
    makeDirectory,
    tell,
    done,
    [Symbol.asyncDispose]: done,
  };
}

function keyOf(line: Exclude<GuardianLine, { kind: "gone" }>): string {
  switch (line.kind) {
    case "child":
      return `child ${line.pid}`;
    case "directory":
      return `directory ${line.path}`;
    case "postgres":
      return `postgres ${line.dataDirectory}`;
    case "engine":
      return "socketPath" in line ? `engine ${line.socketPath}` : `engine ${line.host}:${line.port}`;
    case "end":
      return "end";
  }
}

function write(child: ChildProcess, line: GuardianLine): void {
  if (child.stdin?.writable === true) child.stdin.write(`${JSON.stringify(line)}\n`);
}

function launch(runId: string): ChildProcess {
  const source = fileURLToPath(new URL("./guardian-process.ts", import.meta.url));
  // The published package holds JavaScript.
  const script = import.meta.url.endsWith(".ts") ? source : source.replace(/\.ts$/, ".js");
  return spawn(process.execPath, [script, runId], {
    cwd: "/", // holds no folder of the user's
    detached: true, // Ctrl-C in the terminal reaches the harness and not the guardian
    env: {}, // above all no NODE_OPTIONS, and not the run's marker: the guardian would end itself
    stdio: ["pipe", "ignore", "ignore"],
  });
}
