import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceUnderTest, Session } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test("a burst beyond the limit gets 429 with Retry-After, and another user is not touched by it", async () => {
  await using service = await stack.service({ RATE_LIMIT_PER_MINUTE: "20" });
  const greedy = await service.login(2);
  const other = await service.login(3);
  const burst = await Promise.all(
    Array.from({ length: 50 }, () => service.ask("GET", "/api/templates/1", { as: greedy })),
  );
  const limited = burst.filter((answer) => answer.status === 429);
  expect([burst.filter((answer) => answer.status === 200).length, limited.length]).toEqual([20, 30]);
  expect(limited[0]?.body.error.code).toBe("RATE_LIMITED");
  const retryAfter = Number(limited[0]?.headers.get("retry-after"));
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(60);
  expect(await service.metric("rate_limited_total")).toBe(30);
  expect((await service.ask("GET", "/api/templates/1", { as: other })).status).toBe(200);
  // One count over all routes of a user.
  expect((await service.ask("POST", "/api/projects", { as: greedy, body: { name: "n" } })).status).toBe(429);
});

test("sign-in is limited by the address", async () => {
  await using service = await stack.service({ RATE_LIMIT_PER_MINUTE: "5" });
  const statuses: number[] = [];
  for (let turn = 0; turn < 8; turn += 1) {
    const answer = await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: "a.b" } });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
});

test("health and metrics are never limited", async () => {
  await using service = await stack.service({ RATE_LIMIT_PER_MINUTE: "1" });
  for (let turn = 0; turn < 5; turn += 1) {
    for (const path of ["/healthz", "/readyz", "/metrics"])
      expect([path, (await service.ask("GET", path)).status]).toEqual([path, 200]);
  }
});

test.for([
  ["gzip", gunzipSync],
  ["br", brotliDecompressSync],
] as const)("large responses are compressed with %s for who asks for it", async ([encoding, decompress]) => {
  await using service = await stack.service();
  const user = await service.login(2);
  const path = "/api/projects/11/specs?pageSize=100";
  const plain = await raw(service, user, path, "identity");
  const compressed = await raw(service, user, path, encoding);
  expect(plain.encoding).toBeUndefined();
  expect(compressed.encoding).toBe(encoding);
  expect(compressed.body.length).toBeLessThan(plain.body.length / 2);
  expect(decompress(compressed.body).equals(plain.body)).toBe(true);
});

test("COMPRESSION=off and small bodies are sent as they are", async () => {
  await using off = await stack.service({ COMPRESSION: "off" });
  const large = await raw(off, await off.login(2), "/api/projects/11/specs?pageSize=100", "gzip");
  expect(large.encoding).toBeUndefined();
  await using on = await stack.service();
  const small = await raw(on, await on.login(2), "/api/projects/11", "gzip");
  expect(small.encoding).toBeUndefined();
});

test("a request that gets no connection in time is answered with 503, by name, and is counted", async () => {
  await using service = await stack.service({ POOL_MIN: "1", POOL_MAX: "2", POOL_ACQUIRE_TIMEOUT_MS: "300" });
  const user = await service.login(2);
  // Somebody else holds the table, so that both connections wait in Postgres.
  const lock = await stack.lock(service.database, "projects");
  const waiting = [1, 2].map(() => service.ask("GET", "/api/projects", { as: user }));
  await stack.waiting(service.database, 2);
  expect(await service.metric("db_pool_connections", { state: "in_use" })).toBe(2);
  const third = service.ask("GET", "/api/projects", { as: user });
  await until("one request waiting", async () => {
    return (await service.metric("db_pool_connections", { state: "waiting" })) === 1;
  });
  const { status, body, headers } = await third;
  expect([status, body.error.code, headers.get("retry-after")]).toEqual([503, "POOL_TIMEOUT", "1"]);
  expect(body.error.message).toContain("within 300 ms; all 2 of the pool are in use");
  expect(await service.metric("db_pool_acquire_timeouts_total")).toBe(1);
  expect(await service.metric("db_pool_max")).toBe(2);
  await lock[Symbol.asyncDispose]();
  expect((await Promise.all(waiting)).map((answer) => answer.status)).toEqual([200, 200]);
});

test("while the event loop is too late, work is refused with 503, and the cached read and health are still answered", async () => {
  await using service = await stack.service({ PRESSURE_MAX_LAG_MS: "10", EXTRA_CPU_MS: "50" });
  const user = await service.login(2);
  const list = () => service.ask("GET", "/api/projects", { as: user });
  const refused = await until("a refusal", async () => {
    const answers = await Promise.all([list(), list()]);
    return answers.find((answer) => answer.status === 503);
  });
  expect([refused.body.error.code, refused.headers.get("retry-after")]).toEqual(["OVERLOADED", "1"]);
  expect(await service.metric("load_shed_total")).toBeGreaterThan(0);
  expect((await service.ask("GET", "/api/templates/1", { as: user })).status).toBe(200);
  await until("recovery", async () => {
    await sleep(100);
    return (await list()).status === 200;
  });
});

test("EXTRA_DELAY_MS slows every request of the API and nothing else", async () => {
  await using service = await stack.service({ EXTRA_DELAY_MS: "250" });
  const user = await service.login(2);
  const started = performance.now();
  await service.ask("GET", "/api/templates/1", { as: user });
  expect(performance.now() - started).toBeGreaterThan(245);
  await service.ask("GET", "/healthz");
  const healthy = await service.metric("http_request_duration_seconds_bucket", { endpoint: "/healthz", le: "0.2" });
  expect(healthy).toBe(1);
});

test("EXTRA_CPU_MS keeps the process busy in every request of the API", async () => {
  await using service = await stack.service({ EXTRA_CPU_MS: "100" });
  const user = await service.login(2);
  const before = (await service.metric("process_cpu_seconds_total", {})) ?? 0;
  for (let request = 0; request < 5; request += 1) await service.ask("GET", "/api/templates/1", { as: user });
  expect((await service.metric("process_cpu_seconds_total", {})) - before).toBeGreaterThan(0.45);
});

test("LEAK_BYTES keeps as much of every request, and LIVE_HEAP_SECONDS tells what is alive without garbage", async () => {
  await using service = await stack.service({ LEAK_BYTES: "100000", LIVE_HEAP_SECONDS: "0.2" });
  const user = await service.login(2);
  const ask = () => service.ask("GET", "/api/templates/1", { as: user });
  /** Of a collection that came after now. */
  const alive = async () => {
    await sleep(500);
    return until("a collection of garbage", () => service.metric("nodejs_heap_live_bytes", {}));
  };
  for (let request = 0; request < 20; request += 1) await ask();
  const before = await alive();
  for (let request = 0; request < 100; request += 1) await ask();
  const kept = (await alive()) - before;
  expect(kept).toBeGreaterThan(9.5e6);
  expect(kept).toBeLessThan(12e6);
});

/** `fetch` decompresses by itself, so this asks by hand. */
function raw(
  service: ServiceUnderTest,
  as: Session,
  path: string,
  acceptEncoding: string,
): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ encoding: string | undefined; body: Buffer }>();
  const headers = { authorization: `Bearer ${as.accessToken}`, "accept-encoding": acceptEncoding };
  request(service.url + path, { headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve({ encoding: response.headers["content-encoding"], body: Buffer.concat(chunks) }));
  })
    .on("error", reject)
    .end();
  return promise;
}
