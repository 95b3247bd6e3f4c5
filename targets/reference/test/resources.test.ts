import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceUnderTest, Session } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";

let stack: Stack;
let service: ServiceUnderTest;
let user: Session;

beforeAll(async () => {
  stack = await startStack();
  service = await stack.service();
  user = await service.login(2);
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: unknown) =>
  service.ask(method, path, { as: user, ...(body === undefined ? {} : { body }) });

test("the project list is the user's own, not archived, paginated, with the number of specs", async () => {
  const { status, body } = await ask("GET", "/api/projects?page=2&pageSize=4");
  expect(status).toBe(200);
  expect(body).toMatchObject({ page: 2, pageSize: 4, total: 9 });
  expect(body.items.map((item: { id: number }) => item.id)).toEqual([15, 14, 13, 12]);
  expect(body.items[0]).toEqual({
    id: 15,
    name: expect.any(String),
    status: "active",
    specCount: 10,
    updatedAt: expect.any(String),
  });
});

test("a page beyond the last is empty and still says how many there are", async () => {
  const { body } = await ask("GET", "/api/projects?page=9&pageSize=4");
  expect(body).toEqual({ items: [], page: 9, pageSize: 4, total: 9 });
});

test("a project is created, read, changed and archived", async () => {
  const created = await ask("POST", "/api/projects", { name: "Mine", description: "for a test" });
  expect(created.status).toBe(201);
  const { id } = created.body;
  expect(id).toBeGreaterThan(300);
  expect((await ask("GET", `/api/projects/${id}`)).body).toEqual(created.body);
  const changed = await ask("PUT", `/api/projects/${id}`, { name: "Renamed" });
  expect(changed.body).toMatchObject({ id, name: "Renamed", description: "for a test" });
  expect((await ask("DELETE", `/api/projects/${id}`)).status).toBe(204);
  expect((await ask("GET", `/api/projects/${id}`)).body.status).toBe("archived");
  const { body } = await ask("GET", "/api/projects?pageSize=100");
  expect(body.items.map((item: { id: number }) => item.id)).not.toContain(id);
});

test("specs are created one by one and in bulk, changed, and deleted", async () => {
  const { body: project } = await ask("POST", "/api/projects", { name: "Specs" });
  const spec = { key: "database", value: "postgres", category: "tech_stack" };
  const one = await ask("POST", `/api/projects/${project.id}/specs`, spec);
  expect([one.status, one.body]).toMatchObject([201, spec]);
  const specs = Array.from({ length: 50 }, (_, index) => ({ ...spec, key: `key-${index}` }));
  const bulk = await ask("POST", `/api/projects/${project.id}/specs/bulk`, { specs });
  expect([bulk.status, bulk.body.ids.length]).toEqual([201, 50]);
  expect((await ask("GET", `/api/specs/${bulk.body.ids[7]}`)).body.key).toBe("key-7");
  const listed = await ask("GET", `/api/projects/${project.id}/specs?page=6&pageSize=10`);
  expect([listed.body.total, listed.body.items.length]).toEqual([51, 1]);
  expect((await ask("PUT", `/api/specs/${one.body.id}`, { value: "sqlite" })).body.value).toBe("sqlite");
  expect((await ask("DELETE", `/api/specs/${one.body.id}`)).status).toBe(204);
  expect((await ask("GET", `/api/specs/${one.body.id}`)).status).toBe(404);
});

test("a changed spec is seen by the next read", async () => {
  for (let turn = 0; turn < 20; turn += 1) {
    await ask("PUT", "/api/specs/101", { value: `value ${turn}` });
    expect((await ask("GET", "/api/specs/101")).body.value).toBe(`value ${turn}`);
    expect((await ask("GET", "/api/projects/11/specs")).body.items[0]?.value).toBe(`value ${turn}`);
  }
});

test("conflict detection finds specs of one key with different values, and a resolved one is not open any more", async () => {
  const detected = await ask("POST", "/api/projects/12/conflicts/detect", {});
  expect(detected.status).toBe(200);
  expect(detected.body.checked).toBe(3);
  const pairs = detected.body.conflicts.map((conflict: { specA: number; specB: number }) => [
    conflict.specA,
    conflict.specB,
  ]);
  expect(pairs).toEqual([
    [111, 118],
    [112, 119],
    [113, 120],
  ]);
  await ask("DELETE", "/api/specs/118");
  const { body } = await ask("GET", "/api/specs/119");
  await ask("PUT", "/api/specs/112", { value: body.value });
  await ask("POST", "/api/projects/12/conflicts/detect", {});
  const { body: open } = await ask("GET", "/api/projects/12/conflicts");
  expect(open.items).toMatchObject([{ specA: 113, specB: 120, reason: "different_values", status: "open" }]);
});

test("quality control scores coverage and vagueness, and says what to do first", async () => {
  const { body: project } = await ask("POST", "/api/projects", { name: "Quality" });
  await ask("POST", `/api/projects/${project.id}/specs`, { key: "speed", value: "it is fast", category: "goals" });
  const { status, body } = await ask("POST", `/api/projects/${project.id}/quality`, {});
  expect(status).toBe(200);
  expect(body.coverage).toBeCloseTo(1 / 7);
  expect(body.issues.map((issue: { code: string }) => issue.code).sort()).toEqual([
    ...Array<string>(6).fill("NOT_COVERED"),
    "VAGUE",
  ]);
  expect(body.paths[0]?.name).toBe("sharpen specs");
});

test.for(["streamed", "buffered"])("a %s export gives every row as a line of JSON", async (mode) => {
  const { headers, text } = await ask("GET", `/api/projects/13/export?rows=1203&mode=${mode}`);
  expect(headers.get("content-type")).toContain("application/x-ndjson");
  const rows = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map((row) => row.row)).toEqual(Array.from({ length: 1203 }, (_, index) => index + 1));
  expect(rows[0].specId).toBe(122);
});

test("a streamed export sends its first bytes long before its last", async () => {
  const response = await fetch(`${service.url}/api/projects/13/export?rows=100000`, {
    headers: { authorization: `Bearer ${user.accessToken}` },
  });
  const reader = response.body?.getReader();
  const first = await reader?.read();
  // A hundred thousand rows are some 50 MB: the first chunk can only be a part.
  expect(first?.value?.byteLength).toBeLessThan(5_000_000);
  await reader?.cancel();
});

test("memories are stored, read back and ranked by relevance", async () => {
  const created = await ask("POST", "/api/memories", { content: "zebras prefer purple umbrellas", tags: ["zebra"] });
  expect(created.status).toBe(201);
  expect((await ask("GET", `/api/memories/${created.body.id}`)).body).toEqual(created.body);
  const { body } = await ask("POST", "/api/memories/rank", { query: "purple umbrellas of a zebra", limit: 50 });
  expect(body.items).toHaveLength(50);
  expect(body.items[0]?.id).toBe(created.body.id);
  const scores = body.items.map((item: { score: number }) => item.score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
});

test("wrong input is answered with 400 and the names of all wrong fields", async () => {
  const cases: readonly (readonly [string, string, unknown, readonly string[]])[] = [
    ["POST", "/api/projects", { description: 5 }, ["body.name", "body.description"]],
    ["POST", "/api/projects/11/specs/bulk", { specs: [{ key: "k", value: "" }] }, ["body.specs.0.value", "category"]],
    ["GET", "/api/projects?page=0&pageSize=9999", undefined, ["querystring.page", "querystring.pageSize"]],
    ["GET", "/api/projects/eleven", undefined, ["params.projectId"]],
    ["GET", "/api/templates/0x1", undefined, ["params.templateId"]],
    ["POST", "/api/embeddings", { model: "m", input: [] }, ["body.input"]],
    ["POST", "/api/memories/rank", { query: "q", limit: 0 }, ["body.limit"]],
    ["POST", "/api/rules/evaluate", { rules: [{ id: 1 }], facts: {} }, ["facts", "rules[0], name", "rules[0], when"]],
  ];
  for (const [method, path, body, names] of cases) {
    const answer = await ask(method, path, body);
    expect([path, answer.status, answer.body.error.code]).toEqual([path, 400, "INVALID_INPUT"]);
    for (const name of names) expect(answer.body.error.message).toContain(name);
  }
});

test("a body that is no JSON is answered with 400, one that is too large with 413", async () => {
  const broken = await ask("POST", "/api/projects", '{"name":');
  expect([broken.status, typeof broken.body.error.message]).toEqual([400, "string"]);
  const large = await ask("POST", "/api/projects", { name: "x".repeat(2_000_000) });
  expect(large.status).toBe(413);
});

test("an unknown path is answered with 404, and all of them share one series", async () => {
  expect((await ask("GET", "/api/nothing-1")).body.error.code).toBe("NOT_FOUND");
  await ask("GET", "/wp-admin/setup.php");
  const { text } = await service.ask("GET", "/metrics");
  expect(text).not.toContain("wp-admin");
  expect(await service.metric("http_request_duration_seconds_count", { endpoint: "unmatched" })).toBe(2);
});
