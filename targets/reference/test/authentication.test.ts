import { createHmac } from "node:crypto";
import { createVerifier } from "fast-jwt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccessTokens } from "../src/auth/tokens.ts";
import { createMetrics } from "../src/observe/metrics.ts";
import { readSettings } from "../src/settings.ts";
import type { ServiceUnderTest } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

const defaultSecret = readSettings({}).jwtSecret;

let stack: Stack;
let service: ServiceUnderTest;

beforeAll(async () => {
  stack = await startStack();
  service = await stack.service();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test("a new user registers, and logs in with the password that was given", async () => {
  const { status, body } = await service.ask("POST", "/api/auth/register", {
    body: { email: "New@Example.test", password: "correct horse", name: "New" },
  });
  expect(status).toBe(201);
  expect(body.user).toEqual({ id: expect.any(Number), email: "new@example.test", name: "New" });
  expect(body.expiresIn).toBe(3600);
  const login = await service.ask("POST", "/api/auth/login", {
    body: { email: "new@example.test", password: "correct horse" },
  });
  expect(login.body.user.id).toBe(body.user.id);
});

test("new rows get ids beyond the seeded ones", async () => {
  const session = await service.register("beyond");
  expect(session.userId).toBeGreaterThan(30);
});

test("an e-mail address registers once", async () => {
  await service.register("twice");
  const { status, body } = await service.ask("POST", "/api/auth/register", {
    body: { email: "twice@proofload.test", password: "a-long-password", name: "twice" },
  });
  expect(status).toBe(409);
  expect(body.error.code).toBe("EMAIL_TAKEN");
});

test("an access token is a JWT that any verifier of the key accepts", async () => {
  const { userId, accessToken } = await service.login(3);
  const options = { key: defaultSecret, algorithms: ["HS256" as const], complete: true };
  const { header, payload } = createVerifier(options)(accessToken);
  expect(header).toEqual({ alg: "HS256", typ: "JWT" });
  const { sub, role, sid, iat, exp } = payload;
  expect([sub, role, exp - iat]).toEqual([String(userId), "user", 3600]);
  expect(sid).toMatch(/^[\w-]{20,}$/);
  expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(30);
});

test("claims with quotes, line separators and letters of all alphabets come back as they were", () => {
  const settings = readSettings({});
  const tokens = new AccessTokens(settings, createMetrics(settings));
  const identity = { userId: 1, role: 'a "role" \\ \u2028 rôle 角色 \ud83d\ude00', sessionKey: '"}\n' };
  expect(tokens.identify(`Bearer ${tokens.issue(identity)}`)).toMatchObject(identity);
});

test("a wrong password and an unknown address get the same answer", async () => {
  const wrong = await service.ask("POST", "/api/auth/login", {
    body: { email: "user-0002@proofload.test", password: "wrong" },
  });
  const unknown = await service.ask("POST", "/api/auth/login", {
    body: { email: "nobody@proofload.test", password: "wrong" },
  });
  expect(wrong.status).toBe(401);
  expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text]);
});

test("passwords are stored as argon2id with the declared cost", async () => {
  const [row] = await stack.sql(service.database, "SELECT password_hash FROM users WHERE id = 1");
  expect(row?.["password_hash"]).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
});

test("a refresh gives new tokens and makes the old refresh token worthless", async () => {
  const session = await service.login(3);
  const refreshed = await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: session.refreshToken } });
  expect(refreshed.status).toBe(200);
  expect(refreshed.body.refreshToken).not.toBe(session.refreshToken);
  const reused = await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: session.refreshToken } });
  expect(reused.status).toBe(401);
});

test("a refresh token that is used twice ends the session, because somebody else has it", async () => {
  const session = await service.login(4);
  const { body } = await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: session.refreshToken } });
  await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: session.refreshToken } });
  const after = await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: body.refreshToken } });
  expect(after.status).toBe(401);
});

test("of ten refreshes at once with one token, exactly one wins", async () => {
  const { refreshToken } = await service.login(5);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => service.ask("POST", "/api/auth/refresh", { body: { refreshToken } })),
  );
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
});

test("the session lives in Redis with a TTL", async () => {
  await using short = await stack.service({ SESSION_SECONDS: "1" });
  const { refreshToken } = await short.login(6);
  await until("the session to expire", async () => !(await stack.redisContent()).includes('"user":"6"'));
  const { status } = await short.ask("POST", "/api/auth/refresh", { body: { refreshToken } });
  expect(status).toBe(401);
});

test.for(["off", "on"])("after a log-out neither token works any more (TOKEN_CACHE=%s)", async (tokenCache) => {
  await using fresh = await stack.service({ TOKEN_CACHE: tokenCache });
  const session = await fresh.login(7);
  expect((await fresh.ask("GET", "/api/projects", { as: session })).status).toBe(200);
  expect((await fresh.ask("POST", "/api/auth/logout", { as: session })).status).toBe(204);
  expect((await fresh.ask("GET", "/api/projects", { as: session })).status).toBe(401);
  const refreshed = await fresh.ask("POST", "/api/auth/refresh", { body: { refreshToken: session.refreshToken } });
  expect(refreshed.status).toBe(401);
});

test.for(["off", "on"])("an access token stops working when it expires (TOKEN_CACHE=%s)", async (tokenCache) => {
  await using fresh = await stack.service({ ACCESS_TOKEN_SECONDS: "2", TOKEN_CACHE: tokenCache });
  const session = await fresh.login(8);
  expect((await fresh.ask("GET", "/api/projects", { as: session })).status).toBe(200);
  const expired = await until("the token to expire", async () => {
    const answer = await fresh.ask("GET", "/api/projects", { as: session });
    return answer.status === 401 && answer;
  });
  expect(expired.body.error.code).toBe("TOKEN_EXPIRED");
});

test.for(["off", "on"])("forged tokens are refused (TOKEN_CACHE=%s)", async (tokenCache) => {
  await using fresh = await stack.service({ TOKEN_CACHE: tokenCache });
  const session = await fresh.login(9);
  expect((await fresh.ask("GET", "/api/projects", { as: session })).status).toBe(200);
  const [header, payload, signature] = session.accessToken.split(".");
  const claims = JSON.parse(Buffer.from(payload ?? "", "base64url").toString());
  const asAdmin = encode({ ...claims, sub: "1", role: "admin" });
  const unsigned = encode({ alg: "none", typ: "JWT" });
  const otherKey = createHmac("sha256", "guessed").update(`${header}.${asAdmin}`).digest("base64url");
  const forged = [
    `${header}.${asAdmin}.${signature}`,
    `${header}.${asAdmin}.${otherKey}`,
    `${unsigned}.${asAdmin}.`,
    `${header}.${payload}`,
    "",
  ];
  for (const accessToken of forged) {
    const { status } = await fresh.ask("GET", "/api/projects", { as: { ...session, accessToken } });
    expect([accessToken, status]).toEqual([accessToken, 401]);
  }
});

test("every route of the API but those of auth needs a token", async () => {
  for (const path of ["/api/projects", "/api/templates/1", "/api/jobs/1", "/api/memories/1", "/api/specs/1"]) {
    const { status, body } = await service.ask("GET", path);
    expect([path, status, body.error.code]).toEqual([path, 401, "TOKEN_MISSING"]);
  }
});

test("with the token cache every further request of a token is a hit, and the cache is bounded by verified tokens", async () => {
  await using fresh = await stack.service({ TOKEN_CACHE: "on" });
  const session = await fresh.login(10);
  for (let turn = 0; turn < 5; turn += 1) await fresh.ask("GET", "/api/templates/1", { as: session });
  expect(await fresh.metric("cache_requests_total", { cache: "token", result: "hit" })).toBe(4);
  expect(await fresh.metric("cache_requests_total", { cache: "token", result: "miss" })).toBe(1);
});

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
