import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test("the metrics have the names and labels that the specification gives", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  await service.ask("GET", "/api/projects/11", { as: user });
  await service.ask("POST", "/api/projects/11/questions", { as: user, body: { topics: ["a"] } });
  const { text, headers } = await service.ask("GET", "/metrics");
  expect(headers.get("content-type")).toContain("text/plain; version=0.0.4");
  const wanted = [
    'http_request_duration_seconds_count{method="GET",endpoint="/api/projects/:projectId",status="200"} 1',
    'http_request_duration_seconds_bucket{le="0.5",method="POST",endpoint="/api/auth/login",status="200"} 1',
    'database_query_duration_seconds_count{query_type="project_by_id"} 1',
    'llm_call_duration_seconds_count{provider="stub"} 1',
    'redis_command_duration_seconds_count{command="eval"} 1',
    'db_pool_connections{state="in_use"}',
    'db_pool_connections{state="idle"}',
    'db_pool_connections{state="waiting"}',
    "db_pool_max 30",
    "db_statements_total ",
    ...["response", "query", "embedding", "llm", "token"].map(
      (cache) => `cache_requests_total{cache="${cache}",level="l1",result="hit"}`,
    ),
    'cache_requests_total{cache="llm",level="l2",result="miss"} 1',
    "slow_queries_total 0",
    "slow_requests_total 0",
    "rate_limited_total 0",
    'circuit_breaker_state{provider="stub"} 0',
    "audit_events_total ",
    "audit_batches_total ",
    "audit_call_seconds_total ",
    "nodejs_eventloop_lag_p99_seconds ",
    "nodejs_eventloop_lag_max_seconds ",
    "process_resident_memory_bytes ",
    'service_info{node_env="production",log_level="info",inspector="off"} 1',
  ];
  expect(wanted.filter((line) => !text.includes(line))).toEqual([]);
});

test("every request is counted once under its route and status", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const answers = await Promise.all(
    Array.from({ length: 90 }, (_, index) =>
      service.ask("GET", index % 3 === 0 ? "/api/templates/999" : "/api/templates/1", { as: user }),
    ),
  );
  await service.ask("GET", "/api/templates/1");
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(60);
  const count = (status: string) =>
    service.metric("http_request_duration_seconds_count", { endpoint: "/api/templates/:templateId", status });
  expect([await count("200"), await count("404"), await count("401")]).toEqual([60, 30, 1]);
});

test("the request log has a line of JSON for each request, with the caller's trace id", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await service.ask("GET", "/api/projects/11", {
    as: user,
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  const line = await service.line("the request's line", (each) => each["traceId"] === traceId);
  expect(line).toEqual({
    level: 30,
    time: expect.any(Number),
    method: "GET",
    route: "/api/projects/:projectId",
    status: 200,
    durationMs: expect.any(Number),
    traceId,
    userId: 2,
    msg: "request",
  });
  const login = service.lines().find((each) => each["route"] === "/api/auth/login");
  expect(login?.["traceId"]).toMatch(/^[0-9a-f]{32}$/);
});

test("no password and no token is ever logged", async () => {
  await using service = await stack.service({ LOG_LEVEL: "trace" });
  const user = await service.login(2);
  await service.ask("POST", "/api/auth/login", {
    body: { email: "user-0002@proofload.test", password: "secret-word" },
  });
  await service.ask("GET", "/api/projects", { as: { ...user, accessToken: `${user.accessToken}x` } });
  await service.terminate();
  for (const secret of ["secret-word", "proofload-password", user.accessToken, user.refreshToken])
    expect(service.process.stdout).not.toContain(secret);
});

test("a slow request is logged as such and counted", async () => {
  await using service = await stack.service({ SLOW_REQUEST_MS: "100", EXTRA_DELAY_MS: "120" });
  const user = await service.login(2);
  await service.ask("GET", "/api/projects/11", { as: user });
  const line = await service.line("the slow request's line", (each) => {
    return each["msg"] === "slow request" && each["route"] === "/api/projects/:projectId";
  });
  expect(line).toMatchObject({ level: 40, status: 200, userId: 2 });
  expect(await service.metric("slow_requests_total")).toBe(2);
});

test("a slow query is logged with its name and its SQL, and counted", async () => {
  await using service = await stack.service({ SLOW_QUERY_MS: "300" });
  const user = await service.login(2);
  await service.ask("GET", "/api/projects", { as: user });
  expect(await service.metric("slow_queries_total")).toBe(0);
  const lock = await stack.lock(service.database, "projects");
  const slow = service.ask("GET", "/api/projects", { as: user });
  await stack.waiting(service.database, 1);
  await sleep(350);
  await lock[Symbol.asyncDispose]();
  expect((await slow).status).toBe(200);
  const line = await service.line("the slow query's line", (each) => each["msg"] === "slow query");
  expect(line).toMatchObject({ level: 40, query: "projects_list", sql: expect.stringContaining("SELECT") });
  expect(await service.metric("slow_queries_total")).toBe(1);
});

test("audit events are written behind the requests, many to a batch, each with user, action and trace id", async () => {
  await using service = await stack.service({ AUDIT_FLUSH_MS: "400" });
  const user = await service.login(2);
  await until("the log-in's event", async () => (await audit(service.database)).length === 1);
  const batchesBefore = await service.metric("audit_batches_total");
  const creating = Array.from({ length: 60 }, (_, index) =>
    service.ask("POST", "/api/memories", { as: user, body: { content: `memory ${index}` } }),
  );
  await Promise.all(creating);
  await service.ask("GET", "/api/projects", { as: user });
  const events = await until("all events", async () => {
    const rows = await audit(service.database);
    return rows.length >= 61 && rows;
  });
  expect(events).toHaveLength(61);
  expect(events[60]).toMatchObject({ user_id: 2, action: "POST /api/memories", status: 201 });
  expect(events[60]?.["trace_id"]).toMatch(/^[0-9a-f]{32}$/);
  expect(await service.metric("audit_events_total")).toBe(61);
  const batches = (await service.metric("audit_batches_total")) - batchesBefore;
  expect(batches).toBeGreaterThan(0);
  expect(batches).toBeLessThan(15);
  expect(await service.metric("audit_call_seconds_total")).toBeGreaterThan(0);
});

test("AUDIT=off writes nothing", async () => {
  await using service = await stack.service({ AUDIT: "off" });
  const user = await service.login(2);
  await service.ask("POST", "/api/memories", { as: user, body: { content: "quiet" } });
  await service.terminate();
  expect(await audit(service.database)).toEqual([]);
});

test("an attached inspector is told by service_info", async () => {
  await using service = await stack.service({ NODE_OPTIONS: "--inspect=127.0.0.1:0", NODE_ENV: "development" });
  const labels = { node_env: "development", inspector: "on" };
  expect(await service.metric("service_info", labels)).toBe(1);
});

function audit(database: string): Promise<Record<string, unknown>[]> {
  return stack.sql(database, "SELECT user_id, action, status, trace_id FROM audit_log ORDER BY id");
}
