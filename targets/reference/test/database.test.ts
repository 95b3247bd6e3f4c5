import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedStatements } from "../src/db/seed-data.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test("the project list takes one statement however long it is; NPLUSONE=on takes one more for each project", async () => {
  expect(await statementsFor("off", 3)).toBe(1);
  expect(await statementsFor("off", 9)).toBe(1);
  expect(await statementsFor("on", 3)).toBe(4);
  expect(await statementsFor("on", 9)).toBe(10);
});

/** As Postgres itself counts them. */
async function statementsFor(nPlusOne: string, pageSize: number): Promise<number> {
  await using service = await stack.service({ NPLUSONE: nPlusOne, AUDIT: "off" });
  const user = await service.login(2);
  const counted = async (): Promise<number> => {
    const [row] = await stack.sql<{ calls: string }>(
      service.database,
      `SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
       WHERE d.datname = current_database() AND (query LIKE '%FROM projects%' OR query LIKE '%FROM specs%')
         AND query NOT LIKE '%pg_stat_statements%'`,
    );
    return Number(row?.calls);
  };
  const before = await counted();
  await service.ask("GET", `/api/projects?pageSize=${pageSize}`, { as: user });
  return (await counted()) - before;
}

test("a bulk insert of 200 specs is one statement", async () => {
  await using service = await stack.service({ AUDIT: "off" });
  const user = await service.login(2);
  const specs = Array.from({ length: 200 }, (_, index) => ({ key: `k${index}`, value: "v", category: "c" }));
  const before = await service.metric("db_statements_total");
  const { status } = await service.ask("POST", "/api/projects/11/specs/bulk", { as: user, body: { specs } });
  expect(status).toBe(201);
  expect((await service.metric("db_statements_total")) - before).toBe(1);
});

test("the filtered indexes exist with their conditions, and Postgres uses them", async () => {
  const database = await stack.database();
  const rows = await stack.sql<{ indexname: string; indexdef: string }>(
    database,
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('projects', 'conflicts')",
  );
  const definition = (name: string) => rows.find((row) => row.indexname === name)?.indexdef;
  expect(definition("idx_projects_user_active")).toMatch(/\(user_id.*WHERE \(archived_at IS NULL\)$/);
  expect(definition("idx_conflicts_project_status")).toMatch(/\(project_id.*WHERE \(status = 'open'::text\)$/);

  const active =
    "SELECT id FROM projects WHERE user_id = 2 AND archived_at IS NULL ORDER BY updated_at DESC, id LIMIT 20";
  expect(await plan(database, active)).toContain("idx_projects_user_active");
  await stack.sql(
    database,
    `INSERT INTO conflicts (project_id, spec_a, spec_b, reason, status)
     SELECT (s.id - 1) / 10 + 1, s.id, s.id + 1, 'test', CASE WHEN s.id % 20 = 0 THEN 'open' ELSE 'resolved' END
     FROM specs s WHERE s.id < 3000`,
  );
  await stack.sql(database, "ANALYZE conflicts");
  const open = "SELECT id FROM conflicts WHERE project_id = 2 AND status = 'open' ORDER BY id";
  expect(await plan(database, open)).toContain("idx_conflicts_project_status");
  // Without its condition the index would not do.
  expect(await plan(database, open.replace("open", "resolved"))).not.toContain("idx_conflicts_project_status");
});

async function plan(database: string, query: string): Promise<string> {
  const rows = await stack.sql<{ "QUERY PLAN": string }>(database, `EXPLAIN ${query}`);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

test("two seedings of one seed are equal to the last byte, of another seed not", async () => {
  const [one, two, other] = await Promise.all([freshSeed("7"), freshSeed("7"), freshSeed("8")]);
  expect(one).toEqual(two);
  expect(other).not.toEqual(one);
});

async function freshSeed(seed: string): Promise<unknown> {
  const name = `seed_${seed}_${Math.random().toString(36).slice(2)}`;
  await stack.sql("postgres", `CREATE DATABASE ${name} TEMPLATE template0`);
  const settings = { SEED: seed, SEED_USERS: "5", SEED_TEMPLATES: "3", ARGON2_MEMORY_KIB: "64", ARGON2_PASSES: "1" };
  const { status, stderr } = await stack.seed(name, settings);
  expect([status, stderr]).toEqual([0, ""]);
  const tables = ["users", "projects", "specs", "memories", "templates"];
  const hashes = tables.map(
    (table) => `(SELECT md5(string_agg(t::text, '|' ORDER BY id)) || count(*) FROM ${table} t) AS ${table}`,
  );
  const rows = await stack.sql(name, `SELECT ${hashes.join(", ")}`);
  return rows[0];
}

test("the seed gives ids, owners and addresses by the declared formula, and leaves no connection open", async () => {
  const [row] = await stack.sql(
    "seeded",
    `SELECT (SELECT email FROM users WHERE id = 7) AS email,
       (SELECT role FROM users WHERE id = 1) AS role,
       (SELECT array_agg(id ORDER BY id) FROM projects WHERE user_id = 2) AS projects,
       (SELECT array_agg(id ORDER BY id) FROM projects WHERE archived_at IS NOT NULL AND id <= 30) AS archived,
       (SELECT array_agg(id ORDER BY id) FROM specs WHERE project_id = 3) AS specs,
       (SELECT min(id) || '-' || max(id) FROM memories WHERE user_id = 2) AS memories,
       (SELECT count(*)::int FROM templates) AS templates`,
  );
  expect(row).toEqual({
    email: "user-0007@proofload.test",
    role: "admin",
    projects: Array.from({ length: 10 }, (_, index) => 11 + index),
    archived: [10, 20, 30],
    specs: Array.from({ length: 10 }, (_, index) => 21 + index),
    memories: "61-120",
    templates: 20,
  });
  const open = await stack.sql("postgres", "SELECT 1 FROM pg_stat_activity WHERE datname = 'seeded'");
  expect(open).toEqual([]);
});

test("the seed refuses a database that holds users already", async () => {
  const database = await stack.database();
  const { status, stderr } = await stack.seed(database, {});
  expect(status).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ problem: expect.stringContaining("holds users already") });
});

test("the seed's statements are a function of the size alone", () => {
  const size = { seed: 1, users: 2, projectsPerUser: 3, specsPerProject: 4, memoriesPerUser: 5, templates: 6 };
  expect(seedStatements(size, "hash")).toEqual(seedStatements(size, "hash"));
});

test("statements are prepared by name, once on a connection", async () => {
  await using service = await stack.service({ POOL_MIN: "1", POOL_MAX: "1", AUDIT: "off" });
  const user = await service.login(2);
  for (let turn = 0; turn < 10; turn += 1) await service.ask("GET", "/api/projects/11", { as: user });
  const [row] = await stack.sql<{ calls: string; plans: string }>(
    service.database,
    `SELECT calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
     WHERE d.datname = current_database() AND query LIKE '%FROM projects WHERE id = $1 AND user_id = $2'`,
  );
  expect(Number(row?.calls)).toBe(10);
});

test("a connection is replaced when it has reached its age", async () => {
  await using service = await stack.service({ POOL_MIN: "1", POOL_MAX: "1", POOL_RECYCLE_SECONDS: "1" });
  const user = await service.login(2);
  const [before] = await backends(service.database);
  await until("another connection", async () => {
    await service.ask("GET", "/api/projects/11", { as: user });
    const [now] = await backends(service.database);
    return now !== undefined && now !== before;
  });
});

test("a connection that died silently while idle is found by the ping and replaced", async () => {
  const settings = { POOL_MIN: "1", POOL_MAX: "3", POOL_PING_AFTER_IDLE_MS: "50", POOL_PING_TIMEOUT_MS: "200" };
  await using service = await stack.service(settings);
  const user = await service.login(2);
  const pids = await backends(service.database);
  expect(pids.length).toBeGreaterThan(0);
  // Stopped, not killed: the connection stays open and never answers, as behind a firewall that forgot it.
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    await sleep(100);
    const { status } = await service.ask("GET", "/api/projects/11", { as: user });
    expect(status).toBe(200);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
});

async function backends(database: string): Promise<number[]> {
  const rows = await stack.sql<{ pid: number }>(
    "postgres",
    "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'proofload-reference'",
    [database],
  );
  return rows.map((row) => row.pid);
}
