import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Running, spawnChild } from "./child.ts";
import { LOOPBACK } from "./free-port.ts";
import type { Guardian } from "./guardian.ts";
import { awaitReady } from "./readiness.ts";
import { provideRedisBinary } from "./redis-binary.ts";

export interface RedisOptions {
  readonly guardian: Guardian;
  readonly port: number;
  /** Lines of redis.conf. Persistence is off unless they turn it on. */
  readonly settings: Readonly<Record<string, string>>;
  /** Cores that it may run on; all when left out. */
  readonly cpuset?: string | undefined;
  readonly logDirectory: string;
  readonly toolsDirectory: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

export interface RunningRedis extends AsyncDisposable {
  readonly child: Running;
  readonly port: number;
  /** "Redis 7.0.15", "Valkey 9.1.2" */
  readonly version: string;
  readonly url: string;
  /** Empty, and its counters at zero. */
  clear(): Promise<void>;
}

const READY_WITHIN_MS = 15_000;
const STOP_GRACE_MS = 1500;

/**
 * A Redis or Valkey server of its own on a loopback port, with a password.
 * @throws ProofloadError PL_START_FAILED, PL_DEPENDENCY_MISSING
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const { guardian, port, signal, onProgress } = options;
  const binary = await provideRedisBinary({
    env: guardian.env,
    toolsDirectory: options.toolsDirectory,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const directory = await guardian.makeDirectory("redis");
  await using failed = new AsyncDisposableStack();
  failed.defer(() => rm(directory, { recursive: true, force: true }));

  const password = randomBytes(18).toString("hex");
  const configuration = join(directory, "redis.conf");
  // A file, not arguments: those, and the password with them, everybody on the machine can read.
  await writeFile(configuration, configurationText(options.settings, { port, directory, password }), { mode: 0o600 });
  const child = await spawnChild(guardian, "redis", binary, [configuration], {
    cwd: directory,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    logFile: join(options.logDirectory, "redis.log"),
    role: "measured",
    ...(options.cpuset === undefined ? {} : { cpuset: options.cpuset }),
  });
  failed.defer(async () => {
    await child.stop(STOP_GRACE_MS);
  });

  const url = redisUrl(port, password);
  const version = await awaitRedis(url, child, signal);
  const started = failed.move();
  return {
    child,
    port,
    version,
    url,
    clear: () => clearRedis(url),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

export function redisUrl(port: number, password: string): string {
  return `redis://:${password}@${LOOPBACK}:${port}/0`;
}

/** Waits until it answers; its version. @throws ProofloadError PL_START_FAILED */
export async function awaitRedis(url: string, child: Running, signal: AbortSignal): Promise<string> {
  let version = "";
  await awaitReady({
    what: "redis",
    ask: async () => {
      const [pong, info] = await command(url, ["PING"], ["INFO", "server"]);
      version = versionFrom(info ?? "");
      return pong === "PONG" ? undefined : `PING answered ${pong}`;
    },
    withinMs: READY_WITHIN_MS,
    signal,
    child,
  });
  return version;
}

export async function clearRedis(url: string): Promise<void> {
  await command(url, ["FLUSHALL", "SYNC"], ["CONFIG", "RESETSTAT"]);
}

/** The text of redis.conf. */
export function configurationText(
  wanted: Readonly<Record<string, string>>,
  own: { readonly port: number; readonly directory: string; readonly password: string },
): string {
  const settings: Record<string, string> = {
    save: '""',
    appendonly: "no",
    ...wanted,
    bind: LOOPBACK,
    port: String(own.port),
    requirepass: own.password,
    dir: `"${own.directory}"`,
    daemonize: "no",
    logfile: '""',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} ${value}\n`)
    .join("");
}

function versionFrom(info: string): string {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  if (valkey !== undefined) return `Valkey ${valkey}`;
  return `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1] ?? "?"}`;
}

/** Commands on a connection of their own; the answers as text. */
async function command(url: string, ...commands: readonly (readonly string[])[]): Promise<string[]> {
  // Loaded when it is needed: commands that start nothing stay quick.
  const { createClient } = await import("redis");
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 2000 } });
  client.on("error", () => {}); // told by the rejection too
  try {
    await client.connect();
    const answers: string[] = [];
    for (const words of commands) answers.push(String(await client.sendCommand([...words])));
    return answers;
  } finally {
    client.destroy();
  }
}
