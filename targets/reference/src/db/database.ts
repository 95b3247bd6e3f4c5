import pg from "pg";
import type { Logger } from "pino";
import { ApiError } from "../http/errors.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { PoolSettings, Settings } from "../settings.ts";
import type { Statement } from "./statement.ts";

// bigint counts fit a double here; the driver would give strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Postgres through a pool: named prepared statements, an acquire time-out, a ping for connections that sat idle, and
 * recycling. Every failure of the database is an `ApiError` 503; SQL errors are thrown as the driver gives them.
 */
export class Database {
  readonly #pool: pg.Pool;
  readonly #settings: PoolSettings;
  readonly #slowQueryMs: number;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #lastUsed = new WeakMap<pg.PoolClient, number>();
  readonly #observers = new Map<string, (seconds: number) => void>();

  constructor(settings: Settings, metrics: Metrics, log: Logger) {
    this.#settings = settings.pool;
    this.#slowQueryMs = settings.slowQueryMs;
    this.#metrics = metrics;
    this.#log = log;
    this.#pool = new pg.Pool({
      connectionString: settings.databaseUrl,
      application_name: "proofload-reference",
      min: settings.pool.min,
      max: settings.pool.max,
      connectionTimeoutMillis: settings.pool.acquireTimeoutMs,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: settings.pool.recycleSeconds,
      statement_timeout: settings.pool.statementTimeoutMs,
      // The server's own limit is silent when the server hangs; this one is the driver's.
      query_timeout: settings.pool.statementTimeoutMs === 0 ? 0 : settings.pool.statementTimeoutMs + 1000,
      keepAlive: true,
    });
    this.#pool.on("error", (error) => log.warn({ err: error }, "an idle database connection was lost"));
    // Without a listener of its own, a connection lost while it is checked out would end the process.
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
    this.#exposePool();
  }

  async rows<Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#run<Row>(statement, values)).rows;
  }

  async first<Row extends pg.QueryResultRow>(
    statement: Statement,
    values: readonly unknown[] = [],
  ): Promise<Row | undefined> {
    return (await this.#run<Row>(statement, values)).rows[0];
  }

  /** Number of rows that the statement changed. */
  async change(statement: Statement, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run(statement, values)).rowCount ?? 0;
  }

  /** Opens the pool's minimum, so that the first requests do not pay for connecting. Never throws. */
  async warm(): Promise<void> {
    const opened = await Promise.allSettled(Array.from({ length: this.#settings.min }, () => this.#pool.connect()));
    for (const result of opened) {
      if (result.status === "fulfilled") result.value.release();
      else this.#log.warn({ err: result.reason }, "the database cannot be reached at start");
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #run<Row extends pg.QueryResultRow>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<pg.QueryResult<Row>> {
    const client = await this.#acquire();
    let broken: Error | undefined;
    const started = performance.now();
    try {
      this.#metrics.statements.inc();
      return await client.query<Row>({ name: statement.name, text: statement.text, values: values as unknown[] });
    } catch (error) {
      if (isCancelled(error))
        throw new ApiError(503, "QUERY_TIMEOUT", "the database did not answer in time", { cause: error });
      if (!isConnectionLoss(error)) throw error;
      broken = error;
      throw unavailable(error);
    } finally {
      this.#observe(statement, performance.now() - started);
      this.#lastUsed.set(client, performance.now());
      client.release(broken);
    }
  }

  /** A connection that answers. One that sat idle is asked first; a dead one is thrown away and the next one tried. */
  async #acquire(): Promise<pg.PoolClient> {
    for (let tries = 0; tries <= this.#settings.max; tries += 1) {
      const client = await this.#connect();
      const lastUsed = this.#lastUsed.get(client);
      if (lastUsed === undefined || performance.now() - lastUsed < this.#settings.pingAfterIdleMs) return client;
      if (await this.#answers(client)) return client;
      client.release(new Error("the connection did not answer a ping"));
    }
    throw unavailable(new Error("no connection of the pool answers"));
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!message.includes("timeout exceeded when trying to connect")) throw unavailable(error);
      this.#metrics.poolTimeouts.inc();
      const { acquireTimeoutMs, max } = this.#settings;
      throw new ApiError(
        503,
        "POOL_TIMEOUT",
        `no database connection became free within ${acquireTimeoutMs} ms; all ${max} of the pool are in use`,
        { cause: error, retryAfterSeconds: 1 },
      );
    }
  }

  async #answers(client: pg.PoolClient): Promise<boolean> {
    const timedOut = Promise.withResolvers<false>();
    const timer = setTimeout(() => timedOut.resolve(false), this.#settings.pingTimeoutMs);
    try {
      const ping = client.query("SELECT 1").then(
        () => true,
        () => false,
      );
      return await Promise.race([ping, timedOut.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #observe(statement: Statement, milliseconds: number): void {
    let observe = this.#observers.get(statement.name);
    if (observe === undefined) {
      observe = this.#metrics.querySeconds.labels({ query_type: statement.name }).observe;
      this.#observers.set(statement.name, observe);
    }
    observe(milliseconds / 1000);
    if (milliseconds < this.#slowQueryMs) return;
    this.#metrics.slowQueries.inc();
    this.#log.warn({ query: statement.name, durationMs: Math.round(milliseconds), sql: statement.text }, "slow query");
  }

  #exposePool(): void {
    const pool = this.#pool;
    this.#metrics.poolMax.set(this.#settings.max);
    // prom-client asks a metric's `collect` at each scrape.
    Object.assign(this.#metrics.poolConnections, {
      collect: () => {
        const gauge = this.#metrics.poolConnections;
        gauge.set({ state: "in_use" }, pool.totalCount - pool.idleCount);
        gauge.set({ state: "idle" }, pool.idleCount);
        gauge.set({ state: "waiting" }, pool.waitingCount);
      },
    });
  }
}

function unavailable(cause: unknown): ApiError {
  return new ApiError(503, "DATABASE_UNAVAILABLE", "the database does not answer", { cause, retryAfterSeconds: 1 });
}

/** SQLSTATE classes 08 (connection), 53 (out of resources) and 57P (shut down); anything else with a code is SQL. */
function isConnectionLoss(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (!(error instanceof pg.DatabaseError)) return true;
  return /^(08|53|57P)/.test(error.code ?? "");
}

/** SQLSTATE 57014: the statement ran longer than STATEMENT_TIMEOUT_MS. */
function isCancelled(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "57014";
}
