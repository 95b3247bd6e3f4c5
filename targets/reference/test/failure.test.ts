import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Process } from "./process.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test("without Redis the service is not ready, sign-in is 503, the rest works; with Redis back it is ready", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  await stack.redis?.stop("SIGKILL");
  const notReady = await until("503 from /readyz", async () => {
    const answer = await service.ask("GET", "/readyz");
    return answer.status === 503 && answer;
  });
  expect(notReady.body).toMatchObject({ status: "not ready", postgres: "ok" });
  expect(notReady.body.redis).not.toBe("ok");
  const login = await service.ask("POST", "/api/auth/login", {
    body: { email: "user-0002@proofload.test", password: "proofload-password" },
  });
  expect([login.status, login.body.error.code]).toEqual([503, "REDIS_UNAVAILABLE"]);
  expect((await service.ask("GET", "/api/templates/2", { as: user })).status).toBe(200);
  const embedded = await service.ask("POST", "/api/embeddings", { as: user, body: { model: "m", input: ["a"] } });
  expect(embedded.status).toBe(200);
  expect((await service.ask("GET", "/healthz")).status).toBe(200);
  await service.line("the outage in the log", (line) => line["msg"] === "redis cannot be reached");

  await stack.startRedis();
  await until("ready again", async () => (await service.ask("GET", "/readyz")).status === 200);
  await service.login(2);
  expect(service.process.running).toBe(true);
});

test("a change while Redis hangs is not undone by the old copy when it is back", async () => {
  await using service = await stack.service({ REDIS_TIMEOUT_MS: "200" });
  const admin = await service.login(1);
  await service.ask("GET", "/api/templates/3", { as: admin });
  stack.redis?.signal("SIGSTOP");
  try {
    const put = await service.ask("PUT", "/api/templates/3", { as: admin, body: { title: "while away" } });
    expect(put.status).toBe(200);
    expect((await service.ask("GET", "/api/templates/3", { as: admin })).body.title).toBe("while away");
  } finally {
    stack.redis?.signal("SIGCONT");
  }
  await until("ready again", async () => (await service.ask("GET", "/readyz")).status === 200);
  await using next = await stack.service({}, service.database);
  const seen = await next.ask("GET", "/api/templates/3", { as: await next.login(1) });
  expect(seen.body.title).toBe("while away");
});

test("when Postgres dies requests are 503 and the service lives; when it is back the pool recovers, and no audit event is lost", async () => {
  await using service = await stack.service({ AUDIT_FLUSH_MS: "300" });
  const user = await service.login(2);
  const created = await service.ask("POST", "/api/memories", { as: user, body: { content: "before the crash" } });
  expect(created.status).toBe(201);
  await stack.postgres?.stop("SIGQUIT");
  const { status, body } = await service.ask("GET", "/api/projects", { as: user });
  expect([status, body.error.code]).toEqual([503, "DATABASE_UNAVAILABLE"]);
  const ready = await service.ask("GET", "/readyz");
  expect([ready.status, ready.body.redis]).toEqual([503, "ok"]);
  await service.line("the cause in the log", (line) => line["code"] === "DATABASE_UNAVAILABLE");
  await service.line("the audit log's trouble", (line) => {
    return line["msg"] === "the audit log cannot be written; it will retry";
  });

  await stack.startPostgres();
  await until("ready again", async () => (await service.ask("GET", "/readyz")).status === 200);
  expect((await service.ask("GET", "/api/projects", { as: user })).status).toBe(200);
  await until("the event that waited", async () => {
    const rows = await stack.sql(service.database, "SELECT 1 FROM audit_log WHERE action = 'POST /api/memories'");
    return rows.length === 1;
  });
  expect(service.process.running).toBe(true);
});

test("connections that Postgres closes under load give 503 at worst, and the pool recovers", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const load = Array.from({ length: 200 }, () => service.ask("GET", "/api/projects", { as: user }));
  await stack.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
    service.database,
  ]);
  const statuses = new Set((await Promise.all(load)).map((answer) => answer.status));
  expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect((await service.ask("GET", "/api/projects", { as: user })).status).toBe(200);
});

test("SIGTERM answers what is under way, writes the logs and the audit events, and exits 0", async () => {
  await using service = await stack.service({ AUDIT_FLUSH_MS: "60000" });
  const user = await service.login(2);
  const lock = await stack.lock(service.database, "memories");
  const underWay = Array.from({ length: 10 }, (_, index) =>
    service.ask("POST", "/api/memories", { as: user, body: { content: `last words ${index}` } }),
  );
  await stack.waiting(service.database, 10);
  const ending = service.terminate();
  await until("the service to stop listening", () =>
    fetch(service.url).then(
      () => false,
      () => true,
    ),
  );
  await lock[Symbol.asyncDispose]();
  const exit = await ending;
  expect((await Promise.all(underWay)).map((answer) => answer.status)).toEqual(Array(10).fill(201));
  expect([exit, service.process.stderr]).toEqual([0, ""]);
  const lines = service.lines();
  expect(lines.filter((line) => line["route"] === "/api/memories" && line["msg"] === "request")).toHaveLength(10);
  expect(lines.at(-1)?.["msg"]).toBe("stopped");
  const rows = await stack.sql(service.database, "SELECT 1 FROM audit_log WHERE action = 'POST /api/memories'");
  expect(rows).toHaveLength(10);
});

test("SIGTERM ends it in time even though Postgres does not answer", async () => {
  await using service = await stack.service({ SHUTDOWN_MS: "500" });
  const user = await service.login(2);
  await using _ = await stack.lock(service.database, "projects");
  const hanging = service.ask("GET", "/api/projects", { as: user }).catch(() => undefined);
  await stack.waiting(service.database, 1);
  expect(await service.terminate()).toBe("SIGKILL");
  await hanging;
});

test("a port that is taken is named, and the exit code is 1", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const address = holder.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  await using service = start({
    PORT: port,
    DATABASE_URL: stack.databaseUrl("seeded_not"),
    REDIS_URL: stack.redisUrl,
    POOL_MIN: "0",
  });
  expect(await service.ended()).toBe(1);
  expect(JSON.parse(service.stderr)).toEqual({
    msg: "cannot listen",
    problem: `port ${port} on 127.0.0.1 is taken by another process; set PORT to a free one, or to 0 for any`,
  });
  holder.close();
});

test("wrong settings are all named at once, and the exit code is 1", async () => {
  await using service = start({
    PORT: "eighty",
    POOL_MIN: "40",
    POOL_MAX: "30",
    AUDIT: "maybe",
    LLM_FAILURE_RATE: "2",
  });
  expect(await service.ended()).toBe(1);
  const { problems } = JSON.parse(service.stderr);
  expect(problems).toHaveLength(4);
  for (const name of ["PORT", "POOL_MIN", "AUDIT", "LLM_FAILURE_RATE"]) expect(problems.join("\n")).toContain(name);
});

test("without Postgres and Redis at its start it serves and is not ready", async () => {
  await using service = start({
    PORT: "0",
    DATABASE_URL: "postgres://postgres@127.0.0.1:1/nothing",
    REDIS_URL: "redis://127.0.0.1:1",
  });
  const port = await until("the service to listen", () => /"listening","port":(\d+)/.exec(service.stdout)?.[1]);
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ postgres: expect.stringContaining("ECONNREFUSED") });
  expect(await service.stop("SIGTERM")).toBe(0);
});

function start(env: Readonly<Record<string, string>>): Process {
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  return new Process(process.execPath, ["src/main.ts"], { cwd, env: { PATH: process.env["PATH"], ...env } });
}
