import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { K6 } from "../../harness/load/k6-binary.ts";
import { inspectUserScript } from "../../harness/load/prepare-script.ts";
import {
  type CountingService,
  countingService,
  type Driven,
  driveScenario,
  figure,
  pinnedK6,
  REPOSITORY,
  scenarioPlan,
  temporaryFolder,
} from "./k6-bench.ts";

let k6: K6;
beforeAll(async () => {
  k6 = await pinnedK6();
});

const SCRIPTS = join(REPOSITORY, "test/fixtures/k6-scripts");

/** Drives a script as it is, and gives what is in the folder at the end to `look`. */
async function drivenScript(
  name: string,
  look: (driven: Driven, service: CountingService, folder: string) => void | Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  await using service = await countingService((request, response) => {
    if (request.url?.startsWith("/missing") === true) response.statusCode = 404;
    if (request.method === "POST") response.statusCode = 201;
    response.setHeader("content-type", "application/json");
    response.end('{"token":"t"}');
  });
  const scenario = scenarioPlan(join(SCRIPTS, name), { kind: "k6" });
  await look(await driveScenario(k6, scenario, service.url, folder.path), service, folder.path);
}

test("vus and duration: its thresholds see its own load only, and setup and teardown run", async () => {
  await drivenScript("vus-duration.js", ({ outcome, summary }, { counts }) => {
    expect(outcome.exit.kind).toBe("completed");
    const users = counts.get("GET /users/42") ?? 0;
    expect(users).toBeGreaterThan(10);
    expect([counts.get("GET /login"), counts.get("GET /logout")]).toEqual([1, 1]);
    expect(figure(summary, "http_reqs{phase:measured}")).toBe(2 * users);
    expect(figure(summary, "http_req_failed{phase:measured}", "passes")).toBe(users);
    // the 404s are failed requests, and no latency
    expect(figure(summary, "latency{phase:measured}")).toBe(users);
    expect(summary.metrics["http_req_duration{phase:measured}"]?.thresholds).toHaveProperty("p(95)<500");
    expect(summary.metrics["checks"]?.thresholds).toHaveProperty("rate>0.9");
    expect(figure(summary, "canary_latency{phase:measured}")).toBeGreaterThan(90);
  });
});

test("scenarios: their tags, batches, http.url, response callbacks and modules with open() stay as they are", async () => {
  await drivenScript("scenarios.ts", ({ outcome, summary, log }, { counts, total }) => {
    expect(log).toBe("");
    expect(outcome.exit.kind).toBe("completed");
    expect(counts.get("POST /items")).toBe(20);
    const reads = counts.get("GET /items/7") ?? 0;
    expect(reads).toBeGreaterThanOrEqual(40);
    for (const path of ["/a/1", "/b/2", "/c/deadbeef00"]) expect(counts.get(`GET ${path}`)).toBe(reads);
    expect(figure(summary, "http_reqs{phase:measured}")).toBe(total);
    expect(summary.metrics["http_reqs{kind:r,phase:measured}"]).toMatchObject({
      values: { count: 4 * reads },
      thresholds: { "count>30": { ok: true } },
    });
    // ten of the twenty posts expected another status
    expect(figure(summary, "latency{phase:measured}")).toBe(4 * reads + 10);
  });
});

test("stages are kept, and open() finds files beside the script", async () => {
  await drivenScript("stages.js", ({ outcome, summary }, { counts }) => {
    expect(outcome.exit.kind).toBe("completed");
    expect(figure(summary, "http_reqs{phase:measured}")).toBe(counts.get("GET /hello/ada"));
    expect(figure(summary, "vus_max", "max")).toBeGreaterThanOrEqual(3);
  });
});

test("its own handleSummary gets its own figures, and its files are where k6 would have written them", async () => {
  await drivenScript("own-summary.js", async ({ summary, log }, { total }, folder) => {
    expect(total).toBe(6);
    expect(JSON.parse(await readFile(join(folder, "own-summary.json"), "utf8"))).toEqual({ requests: 6 });
    expect(log).toContain("own text");
    expect(summary.metrics["latency{phase:measured}"]?.values).toMatchObject({
      count: 6,
      "p(99)": expect.any(Number),
      "p(99.9)": expect.any(Number),
    });
  });
});

test("what a script wants to do is known before it runs", async () => {
  const tools = { k6: k6.path, env: process.env, cwd: REPOSITORY, signal: new AbortController().signal };
  const found = await inspectUserScript(join(SCRIPTS, "stages.js"), tools);
  expect(found).toMatchObject({ totalSeconds: 32, maxVUs: 3 });
  expect(found.options.scenarios["default"]).toMatchObject({ executor: "ramping-vus" });
});

test("requests get the name of their method and path template, with ids taken out", async () => {
  await using folder = await temporaryFolder();
  await using service = await countingService((_request, response) => response.end("{}"));
  const scenario = scenarioPlan(join(SCRIPTS, "names.js"), { kind: "k6" });
  const { summary } = await driveScenario(k6, scenario, service.url, folder.path);
  const named = Object.entries(summary.metrics)
    .filter(([metric]) => metric.startsWith("http_reqs{name:"))
    .map(([metric, { values }]) => [
      metric.slice("http_reqs{name:".length, -",phase:measured}".length),
      values["count"],
    ]);
  expect(Object.fromEntries(named)).toEqual({
    "GET /users/{id}": 3,
    "POST /users/{id}/files": 1,
    "GET /users/me": 1,
    mine: 2,
    "all mine": 1,
  });
});
