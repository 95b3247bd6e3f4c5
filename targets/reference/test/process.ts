import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** A child process with its output kept; `await using` stops it. */
export class Process implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | NodeJS.Signals>;
  readonly name: string;
  stdout = "";
  stderr = "";

  constructor(command: string, args: readonly string[], { env, ...options }: ProcessOptions) {
    this.name = [command, ...args].join(" ");
    this.#child = spawn(command, args, { ...options, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    // `close` and not `exit`: only then has everything it wrote arrived.
    this.#exited = once(this.#child, "close").then(([code, signal]) => signal ?? code);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} was not started`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals> {
    return this.#exited;
  }

  async stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    if (this.running) this.#child.kill(signal);
    return this.#exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }
}
