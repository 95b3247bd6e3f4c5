import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ServiceUnderTest, Session } from "./service-under-test.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./wait.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
beforeEach(() => stack.flushRedis());
afterAll(() => stack?.[Symbol.asyncDispose]());

const question = (service: ServiceUnderTest, as: Session, topics: readonly string[]) =>
  service.ask("POST", "/api/projects/11/questions", { as, body: { topics } });
const calls = (service: ServiceUnderTest) => service.metric("llm_call_duration_seconds_count", { provider: "stub" });

test("questions about all topics take one call of the provider, and the same again none", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const topics = ["scaling", "billing", "privacy"];
  const first = await question(service, user, topics);
  expect(first.status).toBe(200);
  expect(first.body.questions.map(({ topic }) => topic)).toEqual(topics);
  for (const { text } of first.body.questions) expect(text).toMatch(/\?$/);
  expect([first.body.cached, first.body.model]).toEqual([false, "stub-1"]);
  expect(first.body.tokens).toBeGreaterThan(20);
  expect(await calls(service)).toBe(1);
  const again = await question(service, user, topics);
  expect(again.body).toEqual({ ...first.body, cached: true });
  expect(await calls(service)).toBe(1);
  expect(await service.metric("cache_requests_total", { cache: "llm", level: "l1", result: "hit" })).toBe(1);
});

test("the answer of a prompt is the same in every process", async () => {
  await using one = await stack.service();
  const first = await question(one, await one.login(2), ["determinism"]);
  await stack.flushRedis();
  await using two = await stack.service();
  const second = await question(two, await two.login(2), ["determinism"]);
  expect(second.body).toEqual(first.body);
});

test("extraction gives the specs of a text, and one user's extraction is never another's", async () => {
  await using service = await stack.service();
  const body = { text: "The gateway must answer within 50 ms. Data stays in Europe." };
  const two = await service.login(2);
  const first = await service.ask("POST", "/api/projects/11/extract", { as: two, body });
  expect(first.body.specs.map((spec) => spec.value)).toEqual([
    "The gateway must answer within 50 ms",
    "Data stays in Europe",
  ]);
  expect((await service.ask("POST", "/api/projects/11/extract", { as: two, body })).body.cached).toBe(true);
  const three = await service.login(3);
  expect((await service.ask("POST", "/api/projects/21/extract", { as: three, body })).body.cached).toBe(false);
});

test("the headers of a stream come with its first token and not before, its end much later", async () => {
  await using service = await stack.service({ LLM_TIME_SCALE: "1", LLM_MEDIAN_MS: "400", LLM_P99_MS: "400" });
  const user = await service.login(2);
  const started = performance.now();
  const response = await fetch(`${service.url}/api/projects/11/questions/stream`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ topics: ["a", "b", "c", "d"] }),
  });
  const headersAfter = performance.now() - started;
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const events = parseEvents(await response.text());
  const endAfter = performance.now() - started;
  // The provider makes the first token after 400 ms, and then at most 80 tokens a second.
  expect(headersAfter).toBeGreaterThan(380);
  const tokens = events.filter((event) => event.name === "token");
  expect(endAfter - headersAfter).toBeGreaterThan(((tokens.length - 1) * 1000) / 80 - 20);
  expect(events.at(-1)).toEqual({ name: "done", data: { tokens: tokens.length, model: "stub-1" } });
});

test("a stream says the same as the plain answer, and fills the cache for it", async () => {
  await using service = await stack.service();
  const user = await service.login(2);
  const topics = ["stream", "cache"];
  const { text } = await service.ask("POST", "/api/projects/11/questions/stream", { as: user, body: { topics } });
  const streamed = parseEvents(text).filter((event) => event.name === "token");
  const plain = await question(service, user, topics);
  expect(plain.body.cached).toBe(true);
  expect(streamed.map(({ data }) => data["token"]).join("")).toBe(
    plain.body.questions.map((each) => each.text).join("\n"),
  );
  expect(new Set(streamed.map(({ data }) => data["topic"]))).toEqual(new Set(topics));
  expect(await calls(service)).toBe(1);
});

test("a client that leaves a stream stops it, and the next request is served", async () => {
  await using service = await stack.service({ LLM_TIME_SCALE: "1", LLM_MEDIAN_MS: "10", LLM_P99_MS: "10" });
  const user = await service.login(2);
  const leaving = new AbortController();
  const response = await fetch(`${service.url}/api/projects/11/questions/stream`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ topics: Array.from({ length: 50 }, (_, index) => `topic ${index}`) }),
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
  await until("the abandoned request to be counted", async () => {
    const labels = { endpoint: "/api/projects/:projectId/questions/stream", status: "499" };
    return (await service.metric("http_request_duration_seconds_count", labels)) === 1;
  });
  expect((await service.ask("GET", "/healthz")).status).toBe(200);
});

test("the breaker opens after the declared failures, answers at once, and lets one call through after the pause", async () => {
  const settings = { LLM_FAILURE_RATE: "1", BREAKER_FAILURES: "3", BREAKER_HALF_OPEN_MS: "400" };
  await using service = await stack.service(settings);
  const user = await service.login(2);
  for (let call = 0; call < 3; call += 1) {
    const { status, body } = await question(service, user, [`failing ${call}`]);
    expect([status, body.error.code]).toEqual([502, "LLM_FAILED"]);
  }
  expect(await service.metric("circuit_breaker_state", { provider: "stub" })).toBe(2);
  const made = await calls(service);
  const open = await question(service, user, ["while open"]);
  expect([open.status, open.body.error.code, open.headers.get("retry-after")]).toEqual([503, "LLM_CIRCUIT_OPEN", "1"]);
  expect(await calls(service)).toBe(made);
  // After the pause one call is let through: it fails, and the circuit is open again.
  await until("a trial call", async () => (await question(service, user, ["trial"])).status === 502);
  expect(await calls(service)).toBe(made + 1);
  expect((await question(service, user, ["open again"])).status).toBe(503);
  await until("the changes in the log", () => breakerStates(service).length === 3);
  expect(breakerStates(service)).toEqual(["Open", "HalfOpen", "Open"]);
});

test("the breaker closes again when the provider has recovered", async () => {
  const settings = { LLM_FAILURE_RATE: "0.5", BREAKER_FAILURES: "1", BREAKER_HALF_OPEN_MS: "50" };
  await using service = await stack.service(settings);
  const user = await service.login(2);
  let call = 0;
  await until("open, half open and closed", async () => {
    call += 1;
    await question(service, user, [`call ${call}`]);
    return breakerStates(service).join(" ").includes("Open HalfOpen Closed");
  });
  expect([0, 2]).toContain(await service.metric("circuit_breaker_state", { provider: "stub" }));
});

test("a provider that takes too long is given up, with 504", async () => {
  await using service = await stack.service({ LLM_TIME_SCALE: "1", LLM_MEDIAN_MS: "5000", LLM_TIMEOUT_MS: "200" });
  const { status, body } = await question(service, await service.login(2), ["slow"]);
  expect([status, body.error.code]).toEqual([504, "LLM_TIMEOUT"]);
});

test("a job runs through its states, declares its time, and takes that time divided by the compression", async () => {
  await using service = await stack.service({ JOB_TIME_COMPRESSION: "60" });
  const user = await service.login(2);
  const started = performance.now();
  const { status, body } = await service.ask("POST", "/api/projects/11/generate", { as: user, body: {} });
  expect(status).toBe(202);
  const seen: { readonly status: string; readonly progress: number }[] = [];
  const done = await until("the job to end", async () => {
    const job = (await service.ask("GET", `/api/jobs/${body.jobId}`, { as: user })).body;
    if (seen.at(-1)?.progress !== job.progress) seen.push({ status: job.status, progress: job.progress });
    return job.status === "done" && job;
  });
  const tookSeconds = (performance.now() - started) / 1000;
  expect(done).toMatchObject({ id: body.jobId, progress: 100, timeCompression: 60 });
  expect(done.declaredSeconds).toBeGreaterThanOrEqual(90);
  expect(tookSeconds * 60).toBeGreaterThanOrEqual(done.declaredSeconds);
  expect(seen.some(({ status: state, progress }) => state === "running" && progress > 0 && progress < 100)).toBe(true);
  const progress = seen.map((state) => state.progress);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
});

test("a job whose provider fails ends as failed and says why", async () => {
  await using service = await stack.service({ LLM_FAILURE_RATE: "1" });
  const user = await service.login(2);
  const { body } = await service.ask("POST", "/api/projects/11/generate", { as: user, body: {} });
  const failed = await until("the job to fail", async () => {
    const job = (await service.ask("GET", `/api/jobs/${body.jobId}`, { as: user })).body;
    return job.status === "failed" && job;
  });
  expect(failed.reason).toBe("the LLM provider failed");
});

test("a job that was running when the process died is failed after the restart", async () => {
  const database = await stack.database();
  let jobId: number;
  {
    await using service = await stack.service({ JOB_TIME_COMPRESSION: "1" }, database);
    const user = await service.login(2);
    jobId = (await service.ask("POST", "/api/projects/11/generate", { as: user, body: {} })).body.jobId;
    await service.process.stop("SIGKILL");
  }
  await using service = await stack.service({}, database);
  const { body } = await service.ask("GET", `/api/jobs/${jobId}`, { as: await service.login(2) });
  expect([body.status, body.reason]).toEqual(["failed", "the service was restarted"]);
});

function breakerStates(service: ServiceUnderTest): unknown[] {
  return service
    .lines()
    .filter((line) => line["msg"] === "circuit breaker changed")
    .map((line) => line["state"]);
}

function parseEvents(text: string): { readonly name: string; readonly data: Record<string, unknown> }[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [name = "", data = ""] = block.split("\n");
      return { name: name.replace("event: ", ""), data: JSON.parse(data.replace("data: ", "")) };
    });
}
