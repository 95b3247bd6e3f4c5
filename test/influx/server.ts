import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Child, spawnChild } from "../../harness/environment/child.ts";
import { freePorts, LOOPBACK } from "../../harness/environment/free-port.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { awaitReady, get } from "../../harness/environment/readiness.ts";
import { cacheDirectory, type InfluxLine, requireInfluxd } from "../../tools/influxd/releases.ts";

// biome-ignore lint/performance/noBarrelFile: what a test about the database needs comes from here
export { INFLUX_LINES, type InfluxLine } from "../../tools/influxd/releases.ts";

/** A real InfluxDB of one test: on loopback, with its own data, gone with the process that started it. */
export interface InfluxServer extends AsyncDisposable {
  readonly line: InfluxLine;
  readonly url: string;
  /** Allowed to read and write. 1.8: `user:password`. */
  readonly token: string;
  readonly org: string;
  /** 1.8: `database/retention policy`. */
  readonly bucket: string;
  /** The PROOFLOAD_INFLUX_* variables that lead here. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the server that runs now; another one after `restart`. */
  readonly pid: number;
  readonly dataDirectory: string;
  /** As an administrator would: what was answered is on disk. Port and data stay for `restart`. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Stops it if it runs, starts it on the same port with the same data, and waits until it answers. */
  restart(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const USER = "proofload";
const ORG = "proofload";
const DATABASE = "proofload";

/** @throws Error when the build is missing (it says what to type) or the server does not answer within a minute. */
export async function startInfluxd(line: InfluxLine): Promise<InfluxServer> {
  const binary = await requireInfluxd(line, cacheDirectory(process.env));
  const runId = `influxd-${process.pid}-${randomBytes(4).toString("hex")}`;
  const guardian = await startGuardian({ runId, env: process.env });
  try {
    return await start(line, binary, guardian);
  } catch (error) {
    await guardian.done();
    throw error;
  }
}

async function start(line: InfluxLine, binary: string, guardian: Guardian): Promise<InfluxServer> {
  const dataDirectory = await guardian.makeDirectory(`influxd-${line}`);
  const [port] = await freePorts(1);
  const url = `http://${LOOPBACK}:${port}`;
  const password = randomBytes(12).toString("hex");
  const token = line === "1.8" ? `${USER}:${password}` : randomBytes(24).toString("hex");
  const bucket = line === "1.8" ? `${DATABASE}/autogen` : DATABASE;
  let child = await launch();
  await setUp[line](url, password, token);

  async function launch(): Promise<Child> {
    await mkdir(join(dataDirectory, "home"), { recursive: true });
    const started = await spawnChild(guardian, `influxd ${line}`, binary, ARGUMENTS[line], {
      cwd: dataDirectory,
      env: {
        PATH: process.env["PATH"],
        HOME: join(dataDirectory, "home"),
        ...SETTINGS[line](dataDirectory, port ?? 0),
      },
      logFile: join(dataDirectory, "influxd.log"),
    });
    await awaitReady({
      what: `influxd ${line}`,
      ask: () => whyNotReady[line](url),
      withinMs: READY_WITHIN_MS,
      signal: new AbortController().signal,
      child: started,
    });
    return started;
  }

  return {
    line,
    url,
    token,
    org: ORG,
    bucket,
    env: {
      PROOFLOAD_INFLUX_URL: url,
      PROOFLOAD_INFLUX_TOKEN: token,
      PROOFLOAD_INFLUX_ORG: ORG,
      PROOFLOAD_INFLUX_BUCKET: bucket,
    },
    get pid() {
      return child.pid;
    },
    dataDirectory,
    async stop() {
      await child.stop(30_000);
    },
    async kill() {
      process.kill(child.pid, "SIGKILL");
      await child.exited;
    },
    async restart() {
      await child.stop(30_000);
      child = await launch();
    },
    [Symbol.asyncDispose]: () => guardian.done(),
  };
}

/** /dev/null: no configuration file of the machine's is looked for. */
const ARGUMENTS: Readonly<Record<InfluxLine, readonly string[]>> = {
  "1.8": ["-config", "/dev/null"],
  "2.7": [],
};

type Settings = (directory: string, port: number) => Readonly<Record<string, string>>;

const SETTINGS: Readonly<Record<InfluxLine, Settings>> = {
  "1.8": (directory, port) => ({
    INFLUXDB_REPORTING_DISABLED: "true",
    INFLUXDB_BIND_ADDRESS: `${LOOPBACK}:0`,
    INFLUXDB_META_DIR: join(directory, "meta"),
    INFLUXDB_DATA_DIR: join(directory, "data"),
    INFLUXDB_DATA_WAL_DIR: join(directory, "wal"),
    INFLUXDB_DATA_QUERY_LOG_ENABLED: "false",
    INFLUXDB_MONITOR_STORE_ENABLED: "false",
    INFLUXDB_HTTP_BIND_ADDRESS: `${LOOPBACK}:${port}`,
    INFLUXDB_HTTP_AUTH_ENABLED: "true",
    INFLUXDB_HTTP_FLUX_ENABLED: "true",
    INFLUXDB_HTTP_LOG_ENABLED: "false",
  }),
  "2.7": (directory, port) => ({
    INFLUXD_CONFIG_PATH: directory,
    INFLUXD_REPORTING_DISABLED: "true",
    INFLUXD_HTTP_BIND_ADDRESS: `${LOOPBACK}:${port}`,
    INFLUXD_BOLT_PATH: join(directory, "influxd.bolt"),
    INFLUXD_SQLITE_PATH: join(directory, "influxd.sqlite"),
    INFLUXD_ENGINE_PATH: join(directory, "engine"),
    INFLUXD_UI_DISABLED: "true",
    INFLUXD_LOG_LEVEL: "warn",
  }),
};

const whyNotReady: Readonly<Record<InfluxLine, (url: string) => Promise<string | undefined>>> = {
  "1.8": async (url) => {
    const { status } = await get(`${url}/ping`, 2000);
    return status === 204 ? undefined : `/ping answered ${status}`;
  },
  "2.7": async (url) => {
    const { status } = await get(`${url}/health`, 2000);
    return status === 200 ? undefined : `/health answered ${status}`;
  },
};

type SetUp = (url: string, password: string, token: string) => Promise<void>;

const setUp: Readonly<Record<InfluxLine, SetUp>> = {
  "1.8": async (url, password, token) => {
    const ask = async (q: string, headers: Readonly<Record<string, string>>): Promise<void> => {
      await accepted(await fetch(`${url}/query`, { method: "POST", headers, body: new URLSearchParams({ q }) }));
    };
    await ask(`CREATE USER ${USER} WITH PASSWORD '${password}' WITH ALL PRIVILEGES`, {});
    await ask(`CREATE DATABASE ${DATABASE}`, { authorization: `Token ${token}` });
  },
  "2.7": async (url, password, token) => {
    const body = JSON.stringify({ username: USER, password, token, org: ORG, bucket: DATABASE });
    await accepted(await fetch(`${url}/api/v2/setup`, { method: "POST", body }));
    // InfluxQL finds the bucket by its name: 2.7 makes the mapping of a database to a bucket of its name by itself.
  },
};

async function accepted(response: Response): Promise<void> {
  const body = await response.text();
  if (!response.ok || body.includes('"error"'))
    throw new Error(`InfluxDB refused its set-up: ${response.status} ${body}`);
}
