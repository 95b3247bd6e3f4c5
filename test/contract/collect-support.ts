/** `proofload collect` as a user starts it, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "./k6-bench.ts";

export interface Collect extends AsyncDisposable {
  readonly pid: number;
  /** "127.0.0.1:4318" */
  readonly address: string;
  /** "/<secret>/v1/metrics" */
  readonly path: string;
  readonly url: string;
  kill(): Promise<void>;
  /** As with Ctrl-C. */
  end(): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>;
}

export interface CollectSettings {
  readonly env?: Readonly<Record<string, string>>;
  /** For `node`, before the program. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
}

/** Starts it and waits until it listens; on any free port the first time, where it was before after that. */
export async function startCollect(directory: string, settings: CollectSettings = {}): Promise<Collect> {
  const known = await readFile(join(directory, "address.json"), "utf8").catch(() => undefined);
  const port = known === undefined ? ["--port", "0"] : [];
  const child = spawn(
    process.execPath,
    [
      ...(settings.flags ?? []),
      join(REPOSITORY, "bin", "proofload.js"),
      "collect",
      "--output",
      directory,
      ...port,
      ...(settings.args ?? []),
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1", ...settings.env } },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes;
  });
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes;
      if (stderr.includes("Ctrl-C ends it")) resolve();
    });
    child.once("close", () => reject(new Error(`proofload collect ended: ${stderr}`)));
  });
  await listening;
  const environment = await readFile(join(directory, "k6.env"), "utf8");
  const variable = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(environment)?.[1] ?? "";
  const address = variable("K6_OTEL_HTTP_EXPORTER_ENDPOINT");
  const path = variable("K6_OTEL_HTTP_EXPORTER_URL_PATH");
  const stop = async (signal: NodeJS.Signals) => {
    if (!hasEnded(child)) {
      const closed = once(child, "close");
      child.kill(signal);
      await closed;
    }
  };
  return {
    pid: child.pid ?? 0,
    address,
    path,
    url: `http://${address}${path}`,
    kill: () => stop("SIGKILL"),
    async end() {
      await stop("SIGINT");
      return { exitCode: child.exitCode, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => stop("SIGKILL"),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
