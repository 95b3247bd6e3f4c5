import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type EmbeddedOptions, provisionEmbedded } from "../../harness/environment/embedded.ts";
import type { Environment, PartFailure, PartName } from "../../harness/environment/environment.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { provisionUrl } from "../../harness/environment/url.ts";
import {
  fixtureService,
  fixtures,
  leftAfterAWhile,
  leftOf,
  newRunId,
  orphanedSharedMemory,
  scratchFolder,
} from "./environment-support.ts";

/** Of others, on this machine: no business of these tests. */
const before = orphanedSharedMemory();

interface Provisioned {
  readonly guardian: Guardian;
  readonly logDirectory: string;
  readonly options: EmbeddedOptions;
}

async function prepare(more: Partial<EmbeddedOptions> = {}): Promise<Provisioned> {
  const logs = scratchFolder();
  const guardian = await startGuardian({ runId: newRunId(), env: process.env });
  const options: EmbeddedOptions = {
    guardian,
    service: fixtureService(),
    configDirectory: fixtures,
    logDirectory: logs.path,
    signal: new AbortController().signal,
    ...more,
  };
  cleanUps.push(async () => {
    await guardian.done();
    logs[Symbol.dispose]();
  });
  return { guardian, logDirectory: logs.path, options };
}

const cleanUps: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

interface State {
  readonly environment: Readonly<Record<string, string>>;
}

async function stateOf(environment: Environment): Promise<State> {
  return (await fetch(`${environment.baseUrl}/state`, { headers: { connection: "close" } })).json() as Promise<State>;
}

function pidOf(environment: Environment, name: PartName): number {
  return environment.parts.find((part) => part.name === name)?.pid ?? 0;
}

describe("an embedded environment", () => {
  let provisioned: Provisioned;
  let environment: Environment;
  beforeAll(async () => {
    provisioned = await prepare();
    environment = await provisionEmbedded(provisioned.options);
  });
  afterAll(async () => {
    await environment[Symbol.asyncDispose]();
  });

  test("is ready, with the seeded data and the definition's settings, as soon as it is there", async () => {
    const state = await stateOf(environment);
    expect(state).toMatchObject({ rows: 1000, counted: 0, workMem: "5MB" });
  });

  test("keeps fsync on and gives the service a role that is no superuser", async () => {
    expect(await stateOf(environment)).toMatchObject({ fsync: "on", role: "app" });
  });

  test("names its parts with process, port, version and log", () => {
    for (const part of environment.parts) {
      expect(part.pid).toBeGreaterThan(0);
      expect(part.port).toBeGreaterThan(0);
      expect(readFileSync(part.logFile ?? "", "utf8").length).toBeGreaterThan(0);
    }
    const versions = environment.parts.map(({ name, version }) => `${name}: ${version}`).join(", ");
    expect(versions).toMatch(/service: node v24\..*, postgres: PostgreSQL 18\..*, redis: (Redis|Valkey) \d/);
    expect(environment.facts().limits.join()).toContain("not enforced");
  });

  test("gives the service nothing of the user's environment that could change it", async () => {
    const { environment: seen } = await stateOf(environment);
    const known = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"];
    const own = ["PORT", "DATABASE_URL", "REDIS_URL", "PROOFLOAD_RUN"];
    expect(Object.keys(seen).filter((name) => ![...known, ...own].includes(name))).toEqual([]);
  });

  test("hands out the service's own counters", async () => {
    expect(await environment.scrape()).toBe("notes_total 1\n");
  });

  test("forgets on reset what was written, cached and counted, and keeps its address", async () => {
    const { baseUrl } = environment;
    for (let i = 0; i < 3; i += 1) await fetch(`${baseUrl}/notes`, { method: "POST" });
    expect(await stateOf(environment)).toMatchObject({ rows: 1003, counted: 3, inserts: 1 });
    await environment.reset({ settings: {}, logDirectory: provisioned.logDirectory });
    expect(await stateOf(environment)).toMatchObject({ rows: 1000, counted: 0, inserts: 0 });
    expect(environment.baseUrl).toBe(baseUrl);
  });

  test("starts the service on reset with the scenario's settings and a log of its own, and leaves the others running", async () => {
    const logs = scratchFolder();
    onTestFinished(() => logs[Symbol.dispose]());
    const pids = (["service", "postgres", "redis"] as const).map((name) => pidOf(environment, name));
    await environment.reset({ settings: { EXTRA: "yes" }, logDirectory: logs.path });
    expect((await stateOf(environment)).environment["EXTRA"]).toBe("yes");
    expect(readFileSync(`${logs.path}/service.log`, "utf8")).toContain("listening");
    const now = (["service", "postgres", "redis"] as const).map((name) => pidOf(environment, name));
    expect(now.map((pid, i) => pid === pids[i])).toEqual([false, true, true]);
    await environment.reset({ settings: {}, logDirectory: provisioned.logDirectory });
    expect((await stateOf(environment)).environment["EXTRA"]).toBeUndefined();
  });

  test("says nothing about parts that it stopped itself", async () => {
    const failures: PartFailure[] = [];
    const unsubscribe = environment.onFailure((failure) => failures.push(failure));
    await environment.reset({ settings: {}, logDirectory: provisioned.logDirectory });
    unsubscribe();
    expect(failures).toEqual([]);
  });
});

describe("when a part dies", () => {
  test.each(["service", "redis", "postgres"] as const)(
    "%s killed: the failure names it, once, and nothing is left",
    async (name) => {
      const { guardian, options, logDirectory } = await prepare();
      const environment = await provisionEmbedded(options);
      const failures: PartFailure[] = [];
      const told = new Promise<PartFailure>((resolve) => {
        environment.onFailure((failure) => {
          failures.push(failure);
          resolve(failure);
        });
      });
      process.kill(pidOf(environment, name), "SIGKILL");
      const failure = await told;
      expect(failure).toMatchObject({ part: name, how: "killed by SIGKILL" });
      expect(failure.lastLines.join("\n")).toMatch(/listening|ready to accept connections|Ready to accept/i);
      expect(failure.logFile).toBe(`${logDirectory}/${name}.log`);
      if (name !== "service") {
        const reset = environment.reset({ settings: {}, logDirectory });
        await expect(reset).rejects.toMatchObject({ code: "PL_PART_DIED", message: expect.stringContaining(name) });
      }
      await environment[Symbol.asyncDispose]();
      await guardian.done();
      expect(await leftAfterAWhile(guardian.runId, before)).toEqual([]);
      expect(failures).toHaveLength(1);
    },
  );

  test("a dead service comes back with the next reset", async () => {
    const { options, logDirectory } = await prepare();
    await using environment = await provisionEmbedded(options);
    const told = new Promise((resolve) => environment.onFailure(resolve));
    process.kill(pidOf(environment, "service"), "SIGKILL");
    await told;
    await environment.reset({ settings: {}, logDirectory });
    expect(await stateOf(environment)).toMatchObject({ rows: 1000 });
  });
});

describe("a start that fails says why, and leaves nothing", () => {
  async function failure(more: Partial<EmbeddedOptions>) {
    const { guardian, options } = await prepare(more);
    const error: unknown = await provisionEmbedded(options).then(
      async (environment) => environment[Symbol.asyncDispose](),
      (reason: unknown) => reason,
    );
    // Before the guardian has its say: provisioning cleans up after itself.
    const processes = leftOf(guardian.runId).filter((one) => !one.includes("guardian-process"));
    expect(processes).toEqual([]);
    await guardian.done();
    expect(await leftAfterAWhile(guardian.runId, before)).toEqual([]);
    return error;
  }

  test("a service that exits at once: its code, its last lines and its log", async () => {
    const error = await failure({ service: fixtureService({ START: "exit" }) });
    expect(error).toMatchObject({ code: "PL_START_FAILED" });
    expect(String(error)).toMatch(/fixture did not start: it exited with code 7 \(log: .*service\.log\)/);
    expect(String(error)).toContain("told to exit at once");
  });

  test("a service that is never ready: what it answered", async () => {
    const error = await failure({ service: fixtureService({ START: "never" }, { readyWithin: "700ms" }) });
    expect(error).toMatchObject({ code: "PL_START_FAILED" });
    expect(String(error)).toMatch(/not ready within 0\.7 s: GET http:\S+\/readyz answered 503/);
  });

  test("a command that does not exist", async () => {
    const error = await failure({ service: fixtureService({}, { command: ["no-such-command"] }) });
    expect(error).toMatchObject({ code: "PL_START_FAILED", message: expect.stringContaining("no-such-command") });
  });

  test("a seed that fails", async () => {
    const error = await failure({ service: fixtureService({ SEED_FAILS: "1" }) });
    expect(error).toMatchObject({ code: "PL_START_FAILED" });
    expect(String(error)).toMatch(/seed command `node seed\.mjs` of fixture exited with code 3[\s\S]*told to fail/);
  });

  test("a setting that Postgres does not know", async () => {
    const needs = { postgres: { urlVariable: "DATABASE_URL", settings: { no_such_setting: "1" } } };
    const error = await failure({ service: fixtureService({}, { needs }) });
    expect(error).toMatchObject({ code: "PL_START_FAILED", message: expect.stringContaining("no_such_setting") });
  });

  test("a setting that Redis does not know", async () => {
    const needs = { redis: { urlVariable: "REDIS_URL", settings: { "no-such-setting": "1" } } };
    const error = await failure({ service: fixtureService({}, { needs }) });
    expect(error).toMatchObject({ code: "PL_START_FAILED", message: expect.stringContaining("no-such-setting") });
  });

  test("fsync turned off is refused before anything starts", async () => {
    const needs = { postgres: { urlVariable: "DATABASE_URL", settings: { fsync: "off" } } };
    expect(await failure({ service: fixtureService({}, { needs }) })).toMatchObject({ code: "PL_CONFIG" });
  });

  test("a port that is taken: the port and who holds it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const error = await failure({ port });
    expect(error).toMatchObject({ code: "PL_PORT_TAKEN" });
    expect(String(error)).toContain(`port ${port}`);
    expect(String(error)).toContain(`process ${process.pid}`);
  });

  test("an interruption in the middle: the reason of the signal", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const onProgress = (text: string) => {
      if (text === "seeding") stop.abort(reason);
    };
    expect(await failure({ signal: stop.signal, onProgress })).toBe(reason);
  });
});

describe("a service at an address", () => {
  async function serve(status: number) {
    const server = createServer((_, response) => response.writeHead(status).end("up 1\n")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const { signal } = new AbortController();

  test("is asked whether it is ready, and scraped; what cannot be done is said", async () => {
    const url = await serve(200);
    await using environment = await provisionUrl({ url: `${url}/`, service: fixtureService(), signal });
    expect(environment.baseUrl).toBe(url);
    expect(await environment.scrape()).toBe("up 1\n");
    await environment.reset({ settings: { CACHE: "off" }, logDirectory: fixtures });
    expect(environment.facts().limits.join("\n")).toMatch(/not reset[\s\S]*not applied \(CACHE\)/);
  });

  test("that is not ready in time is refused", async () => {
    const service = fixtureService({}, { readyWithin: "200ms" });
    await expect(provisionUrl({ url: await serve(503), service, signal })).rejects.toMatchObject({
      code: "PL_START_FAILED",
      message: expect.stringContaining("answered 503"),
    });
  });

  test.each([
    "http://192.0.2.1:80",
    "http://[2001:db8::1]/",
    "http://0.0.0.0:80",
    "ftp://127.0.0.1/",
    "127.0.0.1:80",
    "http://no-such-host.invalid/",
  ])("%s is refused before anything is sent", async (url) => {
    await expect(provisionUrl({ url, signal })).rejects.toMatchObject({ code: "PL_USAGE" });
  });

  test("a name that means this machine is accepted", async () => {
    const url = (await serve(200)).replace("127.0.0.1", "localhost");
    await using environment = await provisionUrl({ url, signal });
    expect(environment.kind).toBe("url");
  });
});
