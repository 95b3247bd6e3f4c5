import { writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { K6 } from "../../harness/load/k6-binary.ts";
import { prepareScript } from "../../harness/load/prepare-script.ts";
import {
  countingService,
  driveScenario,
  endpointPlan,
  figure,
  open,
  pinnedK6,
  REPOSITORY,
  scenarioPlan,
  temporaryFolder,
} from "./k6-bench.ts";

const LIBRARY = join(REPOSITORY, "scenarios/lib");
const READ = endpointPlan("items.read", "GET", "/items/:id");
const CREATE = endpointPlan("items.create", "POST", "/items");

let k6: K6;
beforeAll(async () => {
  k6 = await pinnedK6();
});

/** Answers like a small service: creates give 201 and an id, reads 200. */
const obliging = countingService.bind(undefined, (request, response) => {
  response.statusCode = request.method === "POST" ? 201 : 200;
  response.setHeader("content-type", "application/json");
  response.end('{"id":5}');
});

const CRUD = `
import { endpoint } from "${LIBRARY}/endpoint.ts";
import { random, unique } from "${LIBRARY}/random.ts";
const create = endpoint<{ id: number }>("items.create");
const read = endpoint<{ id: number }>("items.read");
export function crud() {
  const created = create({ body: { name: unique(), size: random().integer(1, 9) }, expect: [201] });
  if (created.ok) read({ params: { id: created.body.id }, token: "t", check: (body) => body.id === 5 || "wrong id" });
}
`;

async function scenarioIn(folder: string, text: string, more: Parameters<typeof scenarioPlan>[1]) {
  const script = join(folder, "scenario.ts");
  await writeFile(script, text);
  return scenarioPlan(script, more);
}

/**
 * Ends the connection in the middle of an answer. Before the first byte of it, Go would send a GET again by itself, and
 * k6 would count one request where the service counts two.
 */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "content-length": 50 });
  response.write("{", () => response.socket?.destroy());
}

describe("a scenario with named endpoints", () => {
  test("k6's counts are the service's counts, warm-up and measurement apart, and the canary in neither", async () => {
    await using folder = await temporaryFolder();
    await using service = await obliging();
    const scenario = await scenarioIn(folder.path, CRUD, {
      warmupSeconds: 1,
      endpoints: [READ, CREATE],
      streams: [{ name: "main", exec: "crud", warmup: open(20, 1), measured: open(50, 2), calls: {} }],
    });
    const { outcome, summary } = await driveScenario(k6, scenario, service.url, folder.path);

    expect(outcome).toMatchObject({ exit: { kind: "completed" }, k6Version: "2.2.0" });
    expect(outcome.bundleHash).toMatch(/^[0-9a-f]{64}$/);
    for (const [name, seen] of [
      ["items.create", service.counts.get("POST /items")],
      ["items.read", service.counts.get("GET /items/5")],
    ] as const) {
      const warmup = figure(summary, `http_reqs{name:${name},phase:warmup}`);
      const measured = figure(summary, `http_reqs{name:${name},phase:measured}`);
      expect(warmup + measured).toBe(seen);
      // k6 starts an iteration at both ends of the interval
      expect(warmup).toBeGreaterThanOrEqual(20);
      expect(warmup).toBeLessThanOrEqual(21);
      expect(measured).toBeGreaterThanOrEqual(100);
      expect(measured).toBeLessThanOrEqual(101);
      expect(figure(summary, `latency{name:${name},phase:measured}`)).toBe(measured);
    }
    expect(figure(summary, "http_reqs{phase:measured}") + figure(summary, "http_reqs{phase:warmup}")).toBe(
      service.total,
    );
    expect(figure(summary, "checks{name:items.read,phase:measured}", "passes")).toBe(
      figure(summary, "http_reqs{name:items.read,phase:measured}"),
    );
    expect(figure(summary, "start_lag{phase:measured}")).toBe(figure(summary, "iterations{scenario:main}"));
    expect(figure(summary, "canary_latency{phase:measured}")).toBeGreaterThan(90);
  });

  test("test data is unique within a run and the same in the next run with the same seed", async () => {
    await using folder = await temporaryFolder();
    const runs: string[][] = [];
    for (const round of ["first", "second"]) {
      await using service = await obliging();
      const scenario = await scenarioIn(folder.path, CRUD, {
        measuredSeconds: 20,
        endpoints: [READ, CREATE],
        streams: [
          {
            name: "main",
            exec: "crud",
            measured: { model: "iterations", users: 3, iterationsPerUser: 10, atMostSeconds: 20 },
            calls: {},
          },
        ],
      });
      await driveScenario(k6, scenario, service.url, join(folder.path, round));
      runs.push(service.bodies.toSorted());
    }
    expect(runs[0]).toHaveLength(30);
    expect(new Set(runs[0]).size).toBe(30);
    expect(runs[1]).toEqual(runs[0]);
  });

  test("a mix gives its parts their exact shares", async () => {
    await using folder = await temporaryFolder();
    await using service = await obliging();
    const scenario = await scenarioIn(
      folder.path,
      `import { endpoint } from "${LIBRARY}/endpoint.ts";
       import { mix } from "${LIBRARY}/mix.ts";
       const [read, create] = [endpoint("items.read"), endpoint("items.create")];
       const step = mix([
         { weight: 7, run: () => read({ params: { id: 1 } }) },
         { weight: 3, run: () => create({ body: {}, expect: [201] }) },
       ]);
       export function crud() { step(); }`,
      {
        measuredSeconds: 20,
        endpoints: [READ, CREATE],
        streams: [
          {
            name: "main",
            exec: "crud",
            measured: { model: "iterations", users: 4, iterationsPerUser: 25, atMostSeconds: 20 },
            calls: {},
          },
        ],
      },
    );
    await driveScenario(k6, scenario, service.url, folder.path);
    expect(service.counts).toEqual(
      new Map([
        ["GET /items/1", 70],
        ["POST /items", 30],
      ]),
    );
  });

  test("a failed request, a wrong body and a refused connection count as failed and never as latency", async () => {
    await using folder = await temporaryFolder();
    let number = 0;
    await using service = await countingService((_request, response) => {
      number += 1;
      if (number % 5 === 1) response.statusCode = 503;
      if (number % 5 === 2) breakOff(response);
      else response.end(number % 5 === 3 ? '{"id":6}' : '{"id":5}');
    });
    const scenario = await scenarioIn(
      folder.path,
      `import { endpoint } from "${LIBRARY}/endpoint.ts";
       const read = endpoint<{ id: number }>("items.read");
       export function crud() { read({ params: { id: 1 }, check: (body) => body.id === 5 || "id is " + body.id }); }`,
      {
        measuredSeconds: 20,
        endpoints: [READ],
        streams: [
          {
            name: "main",
            exec: "crud",
            measured: { model: "iterations", users: 1, iterationsPerUser: 50, atMostSeconds: 20 },
            calls: {},
          },
        ],
      },
    );
    const { summary, log } = await driveScenario(k6, scenario, service.url, folder.path);
    const of = (metric: string): string => `${metric}{name:items.read,phase:measured}`;
    expect(figure(summary, of("http_reqs"))).toBe(50);
    expect(figure(summary, of("http_req_failed"), "passes")).toBe(20);
    expect(figure(summary, of("checks"), "fails")).toBe(10);
    expect(figure(summary, of("latency"))).toBe(20);
    expect(log).toContain("items.read: body: id is 6");
  });

  test("a service that cannot follow makes k6 drop iterations, and the canary stays out of it", async () => {
    await using folder = await temporaryFolder();
    await using service = await countingService((_request, response) => {
      setTimeout(() => response.end('{"id":5}'), 500);
    });
    const scenario = await scenarioIn(
      folder.path,
      `import { endpoint } from "${LIBRARY}/endpoint.ts";
       const read = endpoint("items.read");
       export function crud() { read({ params: { id: 1 } }); }`,
      {
        endpoints: [READ],
        streams: [{ name: "main", exec: "crud", measured: open(50, 2, 5), calls: {} }],
      },
    );
    const { outcome, summary } = await driveScenario(k6, scenario, service.url, folder.path);
    expect(outcome.exit.kind).toBe("completed");
    expect(figure(summary, "dropped_iterations{scenario:main}")).toBeGreaterThan(50);
    expect(figure(summary, "dropped_iterations{scenario:canary}")).toBe(0);
    // requests that were under way at the end of the measured phase ended
    expect(figure(summary, "http_reqs{phase:measured}")).toBe(service.total);
  });

  test("a run that is stopped in the middle still has its summary", async () => {
    await using folder = await temporaryFolder();
    await using service = await obliging();
    const scenario = await scenarioIn(folder.path, CRUD, {
      measuredSeconds: 60,
      endpoints: [READ, CREATE],
      streams: [{ name: "main", exec: "crud", measured: open(20, 60), calls: {} }],
    });
    const { outcome, summary } = await driveScenario(k6, scenario, service.url, folder.path, (running) => {
      const timer = setInterval(() => {
        if (service.total < 20) return;
        clearInterval(timer);
        void running.stop();
      }, 20);
    });
    expect(outcome.exit).toEqual({ kind: "aborted", how: "stopped by proofload" });
    expect(figure(summary, "http_reqs{phase:measured}")).toBeGreaterThanOrEqual(20);
  });

  test("a k6 that somebody kills has failed, without a summary", async () => {
    await using folder = await temporaryFolder();
    await using service = await obliging();
    const scenario = await scenarioIn(folder.path, CRUD, {
      measuredSeconds: 60,
      endpoints: [READ, CREATE],
      streams: [{ name: "main", exec: "crud", measured: open(20, 60), calls: {} }],
    });
    const { outcome } = await driveScenario(k6, scenario, service.url, folder.path, (running) => {
      const timer = setInterval(() => {
        if (service.total < 10) return;
        clearInterval(timer);
        process.kill(running.pid, "SIGKILL");
      }, 20);
    });
    expect(outcome).toMatchObject({ exit: { kind: "failed", signal: "SIGKILL" }, summaryFile: undefined });
  });

  test("an exception in setup() is an error of the script with its line", async () => {
    await using folder = await temporaryFolder();
    await using service = await obliging();
    const scenario = await scenarioIn(
      folder.path,
      `export function setup() {\n  throw new Error("no users");\n}\nexport function crud() {}\n`,
      { streams: [{ name: "main", exec: "crud", measured: open(5, 1), calls: {} }] },
    );
    const { outcome } = await driveScenario(k6, scenario, service.url, folder.path);
    expect(outcome.exit).toEqual({
      kind: "script-error",
      message: expect.stringMatching(/no users.*scenario\.ts:2/s),
    });
  });
});

describe("a scenario with a mistake stops before anything is started", () => {
  async function mistakes(text: string) {
    await using folder = await temporaryFolder();
    await using service = await obliging();
    const scenario = await scenarioIn(folder.path, text, {
      endpoints: [READ, CREATE],
      streams: [{ name: "main", exec: "crud", measured: open(5, 1), calls: {} }],
    });
    const error: unknown = await driveScenario(k6, scenario, service.url, folder.path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(service.total).toBe(0);
    return error;
  }

  test("every unknown endpoint is named with its line and the nearest name", async () => {
    const error = await mistakes(
      `import { endpoint } from "${LIBRARY}/endpoint.ts";
const read = endpoint("item.read");
const create = endpoint("items.crate");
export function crud() { read(); create(); }`,
    );
    expect(error).toMatchObject({
      code: "PL_SCENARIO",
      problems: [
        { what: expect.stringContaining('"item.read"'), where: "scenario.ts:2:23", instead: "items.read" },
        { what: expect.stringContaining('"items.crate"'), where: "scenario.ts:3:25", instead: "items.create" },
      ],
    });
  });

  test("a syntax error names its line", async () => {
    expect(await mistakes("export function crud() {\n  let 1x;\n}\n")).toMatchObject({
      code: "PL_SCENARIO",
      problems: [{ where: expect.stringMatching(/^scenario\.ts:2:/) }],
    });
  });

  test("an exception while the script is loaded names its line", async () => {
    expect(await mistakes('export function crud() {}\nthrow new Error("not today");\n')).toMatchObject({
      code: "PL_SCENARIO",
      problems: [{ what: "Error: not today", where: "scenario.ts:2:7" }],
    });
  });

  test("a script that aborts k6's engine in another way is still an error of the scenario", async () => {
    expect(await mistakes('import "k6/nonsense";\nexport function crud() {}\n')).toMatchObject({ code: "PL_SCENARIO" });
  });

  test("the caller may give up while k6 loads the script", async () => {
    await using folder = await temporaryFolder();
    const scenario = await scenarioIn(folder.path, CRUD, { endpoints: [READ, CREATE] });
    const signal = AbortSignal.abort(new Error("enough"));
    const tools = { k6: k6.path, env: process.env, cwd: folder.path, signal };
    await expect(prepareScript(scenario, tools)).rejects.toThrow("enough");
  });
});
