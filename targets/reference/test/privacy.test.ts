import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceUnderTest, Session } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";

let stack: Stack;
let service: ServiceUnderTest;

beforeAll(async () => {
  stack = await startStack({ SEED_USERS: "100" });
  // Everything that might mix users up is on.
  service = await stack.service({ TOKEN_CACHE: "on", LLM_TIME_SCALE: "0" });
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test("of 100 users at once, none sees anything of another", async () => {
  const users = Array.from({ length: 100 }, (_, index) => index + 1);
  await Promise.all(
    users.map(async (user) => {
      const session = await service.login(user);
      const mark = `mark-of-user-${user}-only`;
      const first = (user - 1) * 10 + 1;
      await act(session, mark, first);
      const seen = await everythingReadable(session, first);
      const marks = new Set(seen.match(/mark-of-user-\d+-only/g));
      expect([...marks]).toEqual([mark]);
    }),
  );
});

test("what belongs to another user does not exist, whatever is asked of it", async () => {
  const session = await service.login(1);
  const foreign: readonly (readonly [string, string, unknown?])[] = [
    ["GET", "/api/projects/11"],
    ["PUT", "/api/projects/11", { name: "stolen" }],
    ["DELETE", "/api/projects/11"],
    ["GET", "/api/projects/11/specs"],
    ["POST", "/api/projects/11/specs", { key: "k", value: "v", category: "c" }],
    ["POST", "/api/projects/11/specs/bulk", { specs: [{ key: "k", value: "v", category: "c" }] }],
    ["GET", "/api/specs/101"],
    ["PUT", "/api/specs/101", { value: "stolen" }],
    ["DELETE", "/api/specs/101"],
    ["POST", "/api/projects/11/conflicts/detect", {}],
    ["POST", "/api/projects/11/quality", {}],
    ["POST", "/api/projects/11/questions", { topics: ["a"] }],
    ["POST", "/api/projects/11/questions/stream", { topics: ["a"] }],
    ["POST", "/api/projects/11/extract", { text: "a" }],
    ["POST", "/api/projects/11/generate", {}],
    ["GET", "/api/projects/11/export?rows=10"],
    ["GET", "/api/memories/61"],
  ];
  for (const [method, path, body] of foreign) {
    const { status } = await service.ask(method, path, { as: session, ...(body === undefined ? {} : { body }) });
    expect([method, path, status]).toEqual([method, path, 404]);
  }
  const { body } = await service.ask("GET", "/api/projects/11/conflicts", { as: session });
  expect(body).toEqual({ items: [] });
  const owner = await service.login(2);
  const { body: project } = await service.ask("GET", "/api/projects/11", { as: owner });
  expect([project.name, project.status]).toEqual([expect.not.stringContaining("stolen"), "active"]);
});

test("a job is its user's alone", async () => {
  const owner = await service.login(3);
  const { body } = await service.ask("POST", "/api/projects/21/generate", { as: owner, body: {} });
  const other = await service.login(4);
  expect((await service.ask("GET", `/api/jobs/${body.jobId}`, { as: owner })).status).toBe(200);
  expect((await service.ask("GET", `/api/jobs/${body.jobId}`, { as: other })).status).toBe(404);
});

test("no Redis key or value holds a token, a user's words, a spec or a conflict", async () => {
  const session = await service.login(5);
  const mark = "mark-of-redis";
  await act(session, mark, 41);
  await everythingReadable(session, 41);
  const { body } = await service.ask("POST", "/api/auth/refresh", { body: { refreshToken: session.refreshToken } });

  const content = await stack.redisContent();
  // The caches and the session are there; otherwise there would be nothing to look through.
  for (const name of ["session:", "response:", "llm:", "embedding:"]) expect(content).toContain(name);
  expect(content).not.toContain(mark);
  expect(content).not.toContain("proofload.test");
  for (const token of [session.accessToken, session.refreshToken, body.accessToken, body.refreshToken]) {
    expect(content).not.toContain(token);
    for (const part of token.split(".")) expect(content).not.toContain(part);
  }
});

/** Leaves the mark wherever a user can write. */
async function act(session: Session, mark: string, project: number): Promise<void> {
  const ask = (method: string, path: string, body: unknown) => service.ask(method, path, { as: session, body });
  await ask("PUT", `/api/projects/${project}`, { name: mark, description: mark });
  await ask("POST", `/api/projects/${project}/specs`, { key: "twin", value: `${mark} a`, category: mark });
  await ask("POST", `/api/projects/${project}/specs`, { key: "twin", value: `${mark} b`, category: mark });
  await ask("POST", `/api/projects/${project}/conflicts/detect`, {});
  await ask("POST", "/api/memories", { content: mark, tags: [mark] });
  await ask("POST", "/api/memories/preload", undefined);
  await ask("POST", "/api/embeddings", { model: "m", input: [mark] });
}

async function everythingReadable(session: Session, project: number): Promise<string> {
  const ask = async (method: string, path: string, body?: unknown) =>
    (await service.ask(method, path, { as: session, ...(body === undefined ? {} : { body }) })).text;
  // The shared prompt is the same for all users; the private one differs only by its user's words.
  const parts = await Promise.all([
    ask("GET", "/api/projects?pageSize=100"),
    ask("GET", `/api/projects/${project}`),
    ask("GET", `/api/projects/${project}/specs?pageSize=100`),
    ask("GET", `/api/projects/${project}/conflicts`),
    ask("GET", `/api/projects/${project}/export?rows=30`),
    ask("POST", `/api/projects/${project}/quality`, {}),
    ask("POST", `/api/projects/${project}/questions`, { topics: ["shared"] }),
    ask("POST", `/api/projects/${project}/extract`, { text: "All users extract this. It must stay theirs." }),
    ask("POST", "/api/memories/rank", { query: "mark", limit: 100 }),
    ask("GET", "/api/templates/1"),
  ]);
  return parts.join("\n");
}
