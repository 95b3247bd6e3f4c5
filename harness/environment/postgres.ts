import { randomBytes } from "node:crypto";
import { chown, mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ProofloadError } from "../errors.ts";
import { type Child, type ChildOptions, childEnd, describeExit, type Running, spawnChild } from "./child.ts";
import type { Postgres } from "./database.ts";
import { LOOPBACK } from "./free-port.ts";
import type { Guardian } from "./guardian.ts";
import { holdStill } from "./hold-still.ts";
import { startFailure } from "./log-tail.ts";
import { type PostgresBinaries, type PostgresSource, providePostgresBinaries } from "./postgres-binaries.ts";
import {
  type MappedMemory,
  mappedMemory,
  removeMappedMemory,
  removePostgresRemains,
  sharedMemoryControlFile,
} from "./postgres-remains.ts";
import { type Identity, postgresIdentity } from "./postgres-user.ts";
import { isAlive, processesIn, signalGroup } from "./processes.ts";
import { awaitReady } from "./readiness.ts";
import { query } from "./sql.ts";

export interface PostgresOptions {
  readonly guardian: Guardian;
  readonly port: number;
  /** Server settings, as after `-c`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Cores that it may run on; all when left out. */
  readonly cpuset?: string | undefined;
  readonly logDirectory: string;
  readonly signal: AbortSignal;
  readonly source?: PostgresSource;
}

export interface RunningPostgres extends Postgres, AsyncDisposable {
  readonly child: Running;
  readonly port: number;
  /** "PostgreSQL 18.4" */
  readonly version: string;
  /** The data lies on a file system in memory: an fsync costs nothing there. */
  readonly inMemory: boolean;
}

const READY_WITHIN_MS = 30_000;
const STOP_GRACE_MS = 1500;
const SUPERUSER = "proofload";
const SERVICE_ROLE = "app";

/** Arguments of initdb. Not synced: the cluster itself is thrown away; what the service writes is synced. */
export const CLUSTER = [
  `--username=${SUPERUSER}`,
  "--auth-host=scram-sha-256",
  "--auth-local=reject",
  "--encoding=UTF8",
  "--no-sync",
  "--no-instructions",
] as const;

/** The same sort order on every machine, whatever its locales (Postgres 17 and later). */
export const BUILTIN_LOCALE = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] as const;

/**
 * A cluster of its own on a loopback port: passwords (SCRAM), no Unix socket, fsync on, pg_stat_statements loaded.
 * @throws ProofloadError PL_START_FAILED, PL_DEPENDENCY_MISSING, PL_CONFIG
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { guardian, port, logDirectory, signal } = options;
  const settings = serverSettings(options.settings, port);
  const [binaries, identity] = await Promise.all([
    providePostgresBinaries(guardian.env, options.source),
    postgresIdentity(),
  ]);
  const directory = await guardian.makeDirectory("postgres", { mode: 0o711 });
  const home: Home = {
    binaries,
    identity,
    directory,
    data: join(directory, "data"),
    logFile: join(logDirectory, "postgres.log"),
  };
  await using failed = new AsyncDisposableStack();
  failed.defer(() => rm(directory, { recursive: true, force: true }));
  const access = postgresAccess(port);
  await initialise(guardian, home, access.password, signal);

  const child = await spawnChild(guardian, "postgres", join(binaries.bin, "postgres"), ["-D", home.data, ...settings], {
    ...childOptions(home),
    role: "measured",
    ...(options.cpuset === undefined ? {} : { cpuset: options.cpuset }),
    // "Immediate shutdown": nobody needs these data any more, and after heavy load the checkpoint of a "fast" one
    // takes seconds. It removes its shared memory too.
    endSignal: "SIGQUIT",
  });
  guardian.tell({ kind: "postgres", dataDirectory: home.data });
  let controlFile: string | undefined;
  failed.defer(() => end(child, home, controlFile));

  const version = await awaitPostgres(access, child, signal);
  controlFile = sharedMemoryControlFile(child.pid);
  if (controlFile !== undefined) guardian.tell({ kind: "postgres", dataDirectory: home.data, controlFile });
  await createServiceRole(access);
  const started = failed.move();
  return {
    child,
    port,
    version,
    inMemory: await isInMemory(home.data),
    adminUrl: access.adminUrl,
    serviceUrl: access.serviceUrl,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

export interface PostgresAccess extends Postgres {
  /** Of the superuser. */
  readonly password: string;
  readonly servicePassword: string;
}

/** Addresses with new passwords, for a server on a loopback port that has none yet. */
export function postgresAccess(port: number): PostgresAccess {
  const password = randomBytes(18).toString("hex");
  const servicePassword = randomBytes(18).toString("hex");
  const url = (user: string, secret: string) => (database: string) =>
    `postgres://${user}:${secret}@${LOOPBACK}:${port}/${database}`;
  return {
    password,
    servicePassword,
    adminUrl: url(SUPERUSER, password),
    serviceUrl: url(SERVICE_ROLE, servicePassword),
  };
}

/** Waits until it answers; its version. @throws ProofloadError PL_START_FAILED */
export async function awaitPostgres(access: Postgres, child: Running, signal: AbortSignal): Promise<string> {
  let version = "";
  await awaitReady({
    what: "postgres",
    ask: async () => {
      const [row] = await query(access.adminUrl("postgres"), "SELECT current_setting('server_version') AS version");
      version = `PostgreSQL ${String(row?.["version"]).split(" ")[0]}`;
      return undefined;
    },
    withinMs: READY_WITHIN_MS,
    signal,
    child,
  });
  return version;
}

export async function createServiceRole(access: PostgresAccess): Promise<void> {
  await query(
    access.adminUrl("postgres"),
    `CREATE ROLE ${SERVICE_ROLE} LOGIN PASSWORD '${access.servicePassword}' IN ROLE pg_read_all_stats`,
    "CREATE EXTENSION pg_stat_statements",
  );
}

interface Home {
  readonly binaries: PostgresBinaries;
  readonly identity: Identity | undefined;
  readonly directory: string;
  readonly data: string;
  readonly logFile: string;
}

function childOptions(home: Home): ChildOptions {
  return {
    cwd: home.directory,
    // Nothing of the user's: PGDATA, LD_LIBRARY_PATH or a locale would change what is measured.
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    logFile: home.logFile,
    ...(home.identity === undefined ? {} : { identity: home.identity }),
  };
}

async function initialise(guardian: Guardian, home: Home, password: string, signal: AbortSignal): Promise<void> {
  const { identity, data } = home;
  const passwordFile = join(home.directory, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (identity !== undefined) {
    await Promise.all([data, passwordFile].map((path) => chown(path, identity.uid, identity.gid)));
  }
  const args = ["-D", data, "--pwfile", passwordFile, ...CLUSTER, ...BUILTIN_LOCALE];
  const child = await spawnChild(guardian, "initdb", join(home.binaries.bin, "initdb"), args, {
    ...childOptions(home),
    endSignal: "SIGKILL", // asked politely, a Postgres that it runs leaves what it maps before it ends
  });
  const exit = await childEnd(child, signal, () => endByForce(home));
  await rm(passwordFile, { force: true });
  if (exit.code !== 0) throw startFailure(`postgres: initdb ${describeExit(exit)}`, child.logFile);
}

/** The arguments of the server. @throws ProofloadError PL_CONFIG */
export function serverSettings(wanted: Readonly<Record<string, string>>, port: number): string[] {
  if (/^(off|false|no|0)$/i.test(wanted["fsync"] ?? "")) {
    const what = "fsync = off gives figures that no database in production has";
    throw new ProofloadError("PL_CONFIG", what, {
      problems: [{ what, where: "needs.postgres.settings.fsync", instead: "leave the setting out" }],
    });
  }
  const preload = wanted["shared_preload_libraries"];
  const settings: Record<string, string> = {
    timezone: "UTC",
    log_timezone: "UTC",
    ...wanted,
    shared_preload_libraries: ["pg_stat_statements", ...(preload === undefined ? [] : [preload])].join(","),
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: "",
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
}

/** Also when its first process was killed: then the others, and the shared memory, are still there. */
async function end(child: Child, home: Home, controlFile: string | undefined): Promise<void> {
  const stopped = child.stop(2 * STOP_GRACE_MS);
  await Promise.race([stopped, sleep(STOP_GRACE_MS, undefined, { ref: false })]);
  await endByForce(home);
  await stopped;
  removePostgresRemains(home.data, controlFile);
}

/** What is left of it, looked at before: a Postgres that is killed removes nothing, nor does one that initdb runs. */
async function endByForce(home: Home): Promise<void> {
  const mapped: MappedMemory[] = [];
  for (let tries = 0; tries < 100; tries += 1) {
    const still = await holdStill(() => processesIn([home.directory]).filter(isAlive));
    if (still.length === 0) break;
    mapped.push(...still.map(mappedMemory));
    for (const pid of still) signalGroup(pid, "SIGKILL");
    await sleep(10);
  }
  for (const memory of mapped) removeMappedMemory(memory);
}

const TMPFS_MAGIC = 0x01021994;

async function isInMemory(path: string): Promise<boolean> {
  return process.platform === "linux" && (await statfs(path)).type === TMPFS_MAGIC;
}
