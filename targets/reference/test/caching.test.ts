import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Redis } from "../src/cache/redis.ts";
import { TwoLevelCache } from "../src/cache/two-level.ts";
import { createMetrics } from "../src/observe/metrics.ts";
import { readSettings } from "../src/settings.ts";
import type { ServiceUnderTest, Session } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
beforeEach(() => stack.flushRedis());
afterAll(() => stack?.[Symbol.asyncDispose]());

const read = (service: ServiceUnderTest, as: Session, headers: Readonly<Record<string, string>> = {}) =>
  service.ask("GET", "/api/templates/1", { as, headers });
const lookUps = (service: ServiceUnderTest, cache: string, level: string, result: string) =>
  service.metric("cache_requests_total", { cache, level, result });

test("a cached response comes from L1, after a restart from Redis, and from Postgres only once", async () => {
  await using first = await stack.service();
  const one = await first.login(1);
  for (let turn = 0; turn < 5; turn += 1) expect((await read(first, one)).status).toBe(200);
  expect(await lookUps(first, "response", "l1", "hit")).toBe(4);
  expect(await lookUps(first, "response", "l2", "miss")).toBe(1);
  expect(await first.metric("cache_hit_duration_seconds_count", { cache: "response", level: "l1" })).toBe(4);

  await using second = await stack.service();
  const two = await second.login(1);
  await read(second, two);
  expect(await lookUps(second, "response", "l2", "hit")).toBe(1);
  expect(await queries(second, "template_by_id")).toBe(0);
});

test("RESPONSE_CACHE=off asks Postgres for every read", async () => {
  await using service = await stack.service({ RESPONSE_CACHE: "off" });
  const user = await service.login(1);
  for (let turn = 0; turn < 5; turn += 1) await read(service, user);
  expect(await queries(service, "template_by_id")).toBe(5);
  expect(await lookUps(service, "response", "l1", "hit")).toBe(0);
});

test("an ETag that still holds is answered with 304 and no body", async () => {
  await using service = await stack.service();
  const user = await service.login(1);
  const { headers, text } = await read(service, user);
  const etag = headers.get("etag") ?? "";
  expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
  expect(headers.get("cache-control")).toBe("private, no-cache");
  for (const ifNoneMatch of [etag, `"other", ${etag}`, etag.slice(2), "*"]) {
    const again = await read(service, user, { "if-none-match": ifNoneMatch });
    expect([ifNoneMatch, again.status, again.text, again.headers.get("etag")]).toEqual([ifNoneMatch, 304, "", etag]);
  }
  const changed = await read(service, user, { "if-none-match": '"other"' });
  expect([changed.status, changed.text]).toEqual([200, text]);
});

test("a change is seen by the next read, with a new ETag, in this process and in the next", async () => {
  await using service = await stack.service();
  const admin = await service.login(1);
  const before = await read(service, admin);
  const put = await service.ask("PUT", "/api/templates/1", { as: admin, body: { title: "Changed" } });
  expect([put.status, put.body.title]).toEqual([200, "Changed"]);
  const after = await read(service, admin, { "if-none-match": before.headers.get("etag") ?? "" });
  expect([after.status, after.body.title]).toEqual([200, "Changed"]);
  expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
  await using next = await stack.service({}, service.database);
  expect((await read(next, await next.login(1))).body.title).toBe("Changed");
});

test("a load that began before a change is not kept, in neither level", async () => {
  const settings = readSettings({ REDIS_URL: stack.redisUrl });
  const metrics = createMetrics(settings);
  const log = pino({ level: "silent" });
  const redis = new Redis(settings, metrics, log);
  redis.connect();
  try {
    await until("the connection", () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    );
    const cache = new TwoLevelCache<{ readonly title: string }>({
      name: "response",
      redis,
      metrics,
      log,
      maxEntries: 10,
      seconds: 60,
      encode: JSON.stringify,
      decode: JSON.parse,
    });
    const slowLoad = Promise.withResolvers<{ readonly title: string }>();
    const reading = cache.fetch("1", () => slowLoad.promise);
    // Another read has reached the load by now: the answer of the first look at Redis is there.
    await redis.ping();
    await cache.invalidate("1");
    slowLoad.resolve({ title: "old" });
    expect(await reading).toEqual({ title: "old" });
    expect(cache.peek("1")).toBeUndefined();
    expect(await redis.get("response:1")).toBeNull();
    expect(await cache.fetch("1", () => Promise.resolve({ title: "new" }))).toEqual({ title: "new" });
  } finally {
    redis.close();
  }
});

test("only an admin may change a template", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const { status, body } = await service.ask("PUT", "/api/templates/1", { as: user, body: { title: "x" } });
  expect([status, body.error.code]).toEqual([403, "FORBIDDEN"]);
});

test("many first reads at once ask Postgres once", async () => {
  await using service = await stack.service();
  const user = await service.login(1);
  await Promise.all(Array.from({ length: 50 }, () => read(service, user)));
  expect(await queries(service, "template_by_id")).toBe(1);
});

test("embeddings are found in L1, after a restart in Redis, and are the same floats every time", async () => {
  const body = { model: "m", input: ["alpha beta", "gamma", "alpha beta"] };
  await using first = await stack.service();
  const user = await first.login(2);
  const computed = await first.ask("POST", "/api/embeddings", { as: user, body });
  expect(computed.body.usage).toEqual({ cacheHits: 1, cacheMisses: 2 });
  expect(computed.body.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
    [0, 64],
    [1, 64],
    [2, 64],
  ]);
  expect(computed.body.data[2]?.embedding).toEqual(computed.body.data[0]?.embedding);
  expect(Math.hypot(...(computed.body.data[0]?.embedding ?? []))).toBeCloseTo(1, 4);
  const again = await first.ask("POST", "/api/embeddings", { as: user, body });
  expect(again.body.usage).toEqual({ cacheHits: 3, cacheMisses: 0 });
  expect(again.body.data).toEqual(computed.body.data);

  await using second = await stack.service();
  const fromRedis = await second.ask("POST", "/api/embeddings", { as: await second.login(2), body });
  expect(fromRedis.body.usage).toEqual({ cacheHits: 3, cacheMisses: 0 });
  expect(fromRedis.body.data).toEqual(computed.body.data);
  expect(await lookUps(second, "embedding", "l2", "hit")).toBe(2);
});

test("another model has embeddings of its own in the cache", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  await service.ask("POST", "/api/embeddings", { as: user, body: { model: "m", input: ["one"] } });
  const other = await service.ask("POST", "/api/embeddings", { as: user, body: { model: "n", input: ["one"] } });
  expect(other.body.usage).toEqual({ cacheHits: 0, cacheMisses: 1 });
});

test("preloaded memories are ranked and read without Postgres, and a new one is ranked at once", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const preloaded = await service.ask("POST", "/api/memories/preload", { as: user });
  expect(preloaded.body.preloaded).toBe(60);
  expect(preloaded.body.bytes).toBeGreaterThan(60 * 512);
  const rank = (query: string) => service.ask("POST", "/api/memories/rank", { as: user, body: { query, limit: 50 } });
  const before = await service.metric("db_statements_total");
  expect((await rank("ledger")).body.items).toHaveLength(50);
  expect((await service.ask("GET", "/api/memories/61", { as: user })).status).toBe(200);
  expect(await service.metric("db_statements_total")).toBe(before);
  expect(await lookUps(service, "query", "l1", "hit")).toBe(2);

  const content = "an aardvark counts ants";
  const { body } = await service.ask("POST", "/api/memories", { as: user, body: { content } });
  expect((await rank("aardvark ants")).body.items[0]?.id).toBe(body.id);
});

test("QUERY_CACHE=off ranks from Postgres every time, with the same result", async () => {
  await using cached = await stack.service();
  await using direct = await stack.service({ QUERY_CACHE: "off" });
  const body = { query: "fast billing gateway", limit: 50 };
  const one = await cached.login(3);
  const two = await direct.login(3);
  await cached.ask("POST", "/api/memories/rank", { as: one, body });
  const fromCache = await cached.ask("POST", "/api/memories/rank", { as: one, body });
  for (let turn = 0; turn < 3; turn += 1) {
    const fromPostgres = await direct.ask("POST", "/api/memories/rank", { as: two, body });
    expect(fromPostgres.body.items).toEqual(fromCache.body.items);
  }
  expect(await queries(direct, "memories_newest")).toBe(3);
  expect(await queries(cached, "memories_newest")).toBe(1);
});

function queries(service: ServiceUnderTest, name: string): Promise<number> {
  return service.metric("database_query_duration_seconds_count", { query_type: name });
}
