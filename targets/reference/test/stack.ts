import { randomUUID } from "node:crypto";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { createClient } from "redis";
import { freePorts } from "../../../harness/environment/free-port.ts";
import { providePostgresBinaries } from "../../../harness/environment/postgres-binaries.ts";
import { type Identity, postgresIdentity } from "../../../harness/environment/postgres-user.ts";
import { provideRedisBinary } from "../../../harness/environment/redis-binary.ts";
import { Process } from "./process.ts";
import { ServiceUnderTest } from "./service-under-test.ts";
import { until } from "./wait.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const tools = fileURLToPath(new URL("../../../.proofload/bin", import.meta.url));

/** Few rows, because nearly all tests need only some users; what depends on the amount seeds for itself. */
const smallSeed = { SEED_USERS: "30", SEED_TEMPLATES: "20", ARGON2_MEMORY_KIB: "64", ARGON2_PASSES: "1" };

/** Real Postgres and real Redis on free ports, with a seeded database to copy from. One for each test file. */
export async function startStack(seed: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const directory = await mkdtemp(join(tmpdir(), "proofload-reference-"));
  const stack = new Stack(directory, { ...smallSeed, ...seed });
  try {
    await stack.start();
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  return stack;
}

export class Stack implements AsyncDisposable {
  readonly #directory: string;
  readonly #seed: Readonly<Record<string, string>>;
  readonly #services: ServiceUnderTest[] = [];
  #identity: Identity | undefined;
  #bin = "";
  #redisBinary = "";
  #postgresPort = 0;
  #redisPort = 0;
  postgres: Process | undefined;
  redis: Process | undefined;

  constructor(directory: string, seed: Readonly<Record<string, string>>) {
    this.#directory = directory;
    this.#seed = seed;
  }

  async start(): Promise<void> {
    const [postgresPort = 0, redisPort = 0] = await freePorts(2);
    this.#postgresPort = postgresPort;
    this.#redisPort = redisPort;
    this.#identity = await postgresIdentity();
    this.#bin = (await providePostgresBinaries(process.env)).bin;
    this.#redisBinary = await provideRedisBinary({ env: process.env, toolsDirectory: tools });
    await this.#initialise();
    await Promise.all([this.startPostgres(), this.startRedis()]);
    await this.#makeTemplate();
  }

  /** The service as a process of its own, on a fresh copy of the seeded database (or on one that is given). */
  async service(settings: Readonly<Record<string, string>> = {}, database?: string): Promise<ServiceUnderTest> {
    const name = database ?? (await this.database());
    const env = {
      PATH: process.env["PATH"],
      DATABASE_URL: this.databaseUrl(name),
      REDIS_URL: this.redisUrl,
      PORT: "0",
      ARGON2_MEMORY_KIB: "64",
      ARGON2_PASSES: "1",
      LLM_TIME_SCALE: "0.01",
      POOL_MIN: "2",
      ...settings,
    };
    const running = new Process(process.execPath, ["src/main.ts"], { cwd: root, env });
    const service = new ServiceUnderTest(running, name);
    this.#services.push(service);
    await service.listening();
    return service;
  }

  /** A fresh copy of the seeded database. */
  async database(): Promise<string> {
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    await this.sql("postgres", `CREATE DATABASE ${name} TEMPLATE seeded`);
    return name;
  }

  databaseUrl(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.#postgresPort}/${database}`;
  }

  get redisUrl(): string {
    return `redis://127.0.0.1:${this.#redisPort}`;
  }

  async sql<Row extends pg.QueryResultRow>(database: string, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl(database) });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Holds a table, so that every statement on it waits in Postgres, until it is disposed of. */
  async lock(database: string, table: string): Promise<AsyncDisposable> {
    const client = new pg.Client({ connectionString: this.databaseUrl(database) });
    await client.connect();
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return { [Symbol.asyncDispose]: () => client.end() };
  }

  /** Waits until so many statements wait for a lock. */
  async waiting(database: string, statements: number): Promise<void> {
    await until(`${statements} statements waiting for a lock`, async () => {
      const rows = await this.sql(
        "postgres",
        "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
        [database],
      );
      return rows.length === statements;
    });
  }

  async flushRedis(): Promise<void> {
    await this.#withRedis((client) => client.flushAll());
  }

  /** Everything that Redis holds, keys and values, as text. */
  async redisContent(): Promise<string> {
    return this.#withRedis(async (client) => {
      const parts: string[] = [];
      for (const key of await client.keys("*")) {
        const type = await client.type(key);
        const value = type === "hash" ? JSON.stringify(await client.hGetAll(key)) : await client.get(key);
        parts.push(`${key}\n${type}\n${value}`);
      }
      return parts.join("\n");
    });
  }

  async startPostgres(): Promise<void> {
    this.postgres = new Process(
      join(this.#bin, "postgres"),
      [
        ["-D", join(this.#directory, "data"), "-p", String(this.#postgresPort), "-k", ""],
        ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"],
        ["-c", "shared_preload_libraries=pg_stat_statements", "-c", "pg_stat_statements.track=all"],
      ].flat(),
      { cwd: this.#directory, env: { PATH: "/usr/bin:/bin", LC_ALL: "C" }, ...this.#identity },
    );
    await until("postgres to answer", () =>
      this.sql("postgres", "SELECT 1").then(
        () => true,
        () => this.#failIfGone(this.postgres),
      ),
    );
  }

  async startRedis(): Promise<void> {
    const args = ["--port", String(this.#redisPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    this.redis = new Process(this.#redisBinary, args, { cwd: this.#directory, env: { PATH: "/usr/bin:/bin" } });
    await until("redis to answer", () =>
      this.#withRedis((client) => client.ping()).then(
        () => true,
        () => this.#failIfGone(this.redis),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#services.map((service) => service[Symbol.asyncDispose]()));
    // SIGQUIT is Postgres' immediate shutdown; it still removes its shared memory.
    await Promise.all([this.postgres?.stop("SIGQUIT"), this.redis?.stop("SIGKILL")]);
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #initialise(): Promise<void> {
    const data = join(this.#directory, "data");
    await mkdir(data, { mode: 0o700 });
    if (this.#identity !== undefined)
      await Promise.all(
        [this.#directory, data].map((path) => chown(path, this.#identity?.uid ?? 0, this.#identity?.gid ?? 0)),
      );
    const options = { cwd: this.#directory, env: { PATH: "/usr/bin:/bin", LC_ALL: "C" }, ...this.#identity };
    const args = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    const initdb = new Process(join(this.#bin, "initdb"), args, options);
    if ((await initdb.ended()) !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  }

  async #makeTemplate(): Promise<void> {
    await this.sql("postgres", "CREATE DATABASE seeded");
    await this.sql("seeded", "CREATE EXTENSION pg_stat_statements");
    const { status, stderr } = await this.seed("seeded", this.#seed);
    if (status !== 0) throw new Error(`the seed failed: ${stderr}`);
  }

  /** Runs the seed command on an existing database. */
  async seed(
    database: string,
    settings: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number | NodeJS.Signals; readonly stdout: string; readonly stderr: string }> {
    const env = { PATH: process.env["PATH"], DATABASE_URL: this.databaseUrl(database), ...settings };
    const seeding = new Process(process.execPath, ["src/seed.ts"], { cwd: root, env });
    const status = await seeding.ended();
    return { status, stdout: seeding.stdout, stderr: seeding.stderr };
  }

  #failIfGone(server: Process | undefined): false {
    if (server?.running === false) throw new Error(`${server.name} ended: ${server.stdout}${server.stderr}`);
    return false;
  }

  async #withRedis<T>(use: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = redisClient(this.redisUrl);
    await client.connect();
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  }
}

type RedisClient = ReturnType<typeof redisClient>;

function redisClient(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  return client;
}
