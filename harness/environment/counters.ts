import { WORKING } from "./database.ts";
import type { RunningPostgres } from "./postgres.ts";
import type { RunningRedis } from "./redis.ts";

/** One entry of pg_stat_statements: a statement of the service, with its constants taken out. */
export interface StatementCount {
  /** pg_stat_statements.queryid: the same statement has the same one in every database of the same server. */
  readonly id: string;
  /** On one line. */
  readonly query: string;
  readonly calls: number;
  /** That it returned or changed. */
  readonly rows: number;
  /** Milliseconds in the executor. */
  readonly totalMs: number;
}

/** What the servers have done for the service since its database was last reset; absent where there is no such server. */
export interface CounterReading {
  readonly statements?: readonly StatementCount[];
  /** Redis command, in lower case → calls. Those that the harness sends itself are left out. */
  readonly commands?: Readonly<Record<string, number>>;
}

/** Connections stay open between two readings, so that one costs a few milliseconds, and the service nothing. */
export interface Counters extends AsyncDisposable {
  read(): Promise<CounterReading>;
}

/** Only what the service's role did in the service's database; our own reading is another role's. */
const STATEMENTS = `
  SELECT s.queryid::text AS id, s.query, s.calls::float8 AS calls, s.rows::float8 AS rows, s.total_exec_time AS total
  FROM pg_stat_statements s
  JOIN pg_roles r ON r.oid = s.userid
  JOIN pg_database d ON d.oid = s.dbid
  WHERE r.rolname = 'app' AND d.datname = '${WORKING}'`;

/** What a connection of ours sends: its greeting, and the question itself. */
const OWN_COMMANDS = new Set(["info", "auth", "hello", "client|setinfo", "client|setname"]);

/** @throws what pg and redis throw when a server went away */
export async function openCounters(servers: {
  readonly postgres: Pick<RunningPostgres, "adminUrl"> | undefined;
  readonly redis: Pick<RunningRedis, "url"> | undefined;
}): Promise<Counters> {
  await using opened = new AsyncDisposableStack();
  const statements = servers.postgres === undefined ? undefined : await statementsOf(servers.postgres, opened);
  const commands = servers.redis === undefined ? undefined : await commandsOf(servers.redis, opened);
  const kept = opened.move();
  return {
    async read() {
      const [found, asked] = await Promise.all([statements?.(), commands?.()]);
      return {
        ...(found === undefined ? {} : { statements: found }),
        ...(asked === undefined ? {} : { commands: asked }),
      };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function statementsOf(postgres: Pick<RunningPostgres, "adminUrl">, opened: AsyncDisposableStack) {
  // Loaded when it is needed: commands that start nothing stay quick.
  const { default: pg } = await import("pg");
  // In the service's database the connection would stand in the way of the next reset.
  const client = new pg.Client({ connectionString: postgres.adminUrl("postgres"), connectionTimeoutMillis: 5000 });
  client.on("error", () => {}); // the statement under way is rejected with it
  opened.defer(() => client.end().catch(() => {}));
  await client.connect();
  return async (): Promise<StatementCount[]> => {
    const { rows } = await client.query<Record<"calls" | "rows" | "total", number> & Record<"id" | "query", string>>(
      STATEMENTS,
    );
    return rows.map(({ id, query, calls, rows, total }) => ({
      id,
      query: query.replace(/\s+/g, " ").trim(),
      calls,
      rows,
      totalMs: total,
    }));
  };
}

async function commandsOf(redis: Pick<RunningRedis, "url">, opened: AsyncDisposableStack) {
  const { createClient } = await import("redis");
  const client = createClient({ url: redis.url, socket: { reconnectStrategy: false, connectTimeout: 2000 } });
  client.on("error", () => {}); // told by the rejection too
  opened.defer(() => client.destroy());
  await client.connect();
  return async () => parseCommandStats(String(await client.sendCommand(["INFO", "commandstats"])));
}

/** "cmdstat_get:calls=3,usec=12,…" a line; pure. https://redis.io/docs/latest/commands/info/ */
function parseCommandStats(text: string): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [, name = "", calls] of text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    const command = name.toLowerCase();
    if (!OWN_COMMANDS.has(command)) found[command] = Number(calls);
  }
  return found;
}
