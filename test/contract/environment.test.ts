import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startResourceSampler } from "../../harness/collect/resource-sampler.ts";
import type { Environment, PartFailure, PartName } from "../../harness/environment/environment.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import { provisionUrl } from "../../harness/environment/url.ts";
import { DRIVERS, type OpenedDriver, type ProvisionOptions, pidOf } from "./environment-drivers.ts";
import { fixtureService, fixtures, newRunId, orphanedSharedMemory, scratchFolder } from "./environment-support.ts";

/** Of others, on this machine: no business of these tests. */
const before = orphanedSharedMemory();

interface State {
  readonly environment: Readonly<Record<string, string>>;
}

async function stateOf(environment: Environment): Promise<State> {
  return (await fetch(`${environment.baseUrl}/state`, { headers: { connection: "close" } })).json() as Promise<State>;
}

async function post(environment: Environment, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) await fetch(`${environment.baseUrl}/notes`, { method: "POST" });
}

/** The same for every kind of environment; what one of them cannot do is declared in environment-drivers.ts. */
describe.each(["embedded", "containers", "url"] as const)("the %s environment", (name) => {
  let driver: OpenedDriver;
  let environment: Environment;
  let options: ProvisionOptions;
  const cleanUps: (() => Promise<void>)[] = [];

  async function prepare(more: Partial<ProvisionOptions> = {}): Promise<ProvisionOptions> {
    const logs = scratchFolder();
    const guardian = await startGuardian({ runId: newRunId(), env: driver.env });
    cleanUps.push(async () => {
      await guardian.done();
      logs[Symbol.dispose]();
    });
    const { signal } = new AbortController();
    return { guardian, service: fixtureService(), logDirectory: logs.path, signal, ...more };
  }

  beforeAll(async () => {
    driver = await DRIVERS[name]();
    options = await prepare();
    environment = await driver.provision(options);
  });
  afterAll(async () => {
    await environment?.[Symbol.asyncDispose]();
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    await driver?.[Symbol.asyncDispose]();
  });

  /** Waits (at most 10 s) until nothing is left, and returns what is. */
  async function leftAfterAWhile(guardian: Guardian): Promise<string[]> {
    const look = () => [
      ...driver.left(guardian.runId),
      ...orphanedSharedMemory().filter((one) => !before.includes(one)),
    ];
    for (let tries = 0; tries < 100 && look().length > 0; tries += 1) await sleep(100);
    return look();
  }

  test("is ready, with the seeded data, as soon as it is there", async () => {
    expect(await stateOf(environment)).toMatchObject({ rows: 1000, counted: 0 });
    expect(environment.kind).toBe(name);
    expect(environment.facts().kind).toBe(name);
  });

  test("hands out the service's own counters", async () => {
    expect(await environment.scrape()).toMatch(/^notes_total 1$/m);
  });

  test("forgets on reset what was written and cached, and keeps its address", async () => {
    const { baseUrl } = environment;
    await post(environment, 3);
    expect(await stateOf(environment)).toMatchObject({ rows: 1003, counted: 3 });
    await environment.reset({ settings: {}, logDirectory: options.logDirectory });
    expect(await stateOf(environment)).toMatchObject({ rows: 1000, counted: 0 });
    expect(environment.baseUrl).toBe(baseUrl);
  });

  test("gives samples of what its parts use", async () => {
    const file = join(options.logDirectory, "resources.jsonl");
    const parts = environment.parts.flatMap(({ name: part, pid }) => (pid === undefined ? [] : [{ name: part, pid }]));
    await using sampler = startResourceSampler({ file, parts, scrape: () => environment.scrape(), intervalMs: 50 });
    await post(environment, 50);
    await expect.poll(() => readFileSync(file, "utf8").split("\n").length, { timeout: 5000 }).toBeGreaterThan(5);
    const { samples } = await sampler.stop();
    const seen = new Set(samples.flatMap(({ values }) => Object.keys(values)));
    expect([...seen]).toContain("service.rss");
    for (const { name: part } of parts)
      expect([...seen]).toEqual(expect.arrayContaining([`${part}.cpu`, `${part}.rss`]));
    expect(samples.every(({ values }) => Object.values(values).every(Number.isFinite))).toBe(true);
  });

  test("a service that is dead is noticed by the next look at it, and leaves nothing", async () => {
    const own = await prepare();
    const dying = await driver.provision(own);
    driver.kill(dying, "service");
    await expect
      .poll(() => dying.scrape().catch((error: unknown) => error), { timeout: 5000 })
      .toMatchObject({
        code: "PL_PART_DIED",
      });
    await dying[Symbol.asyncDispose]();
    await own.guardian.done();
    expect(await leftAfterAWhile(own.guardian)).toEqual([]);
  });

  test("that is interrupted gives the reason of the signal", async () => {
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    const own = await prepare({ signal: stop.signal });
    await expect(driver.provision(own)).rejects.toThrow("enough");
  });

  if (name === "url") {
    test("starts no parts: it knows no process, applies no settings, tells no death, and says what it cannot know", async () => {
      const own = await prepare();
      const dying = await driver.provision(own);
      const failures: PartFailure[] = [];
      dying.onFailure((failure) => failures.push(failure));
      await dying.reset({ settings: { EXTRA: "yes" }, logDirectory: own.logDirectory });
      expect((await stateOf(dying)).environment["EXTRA"]).toBeUndefined();
      driver.kill(dying, "service");
      await expect.poll(() => dying.scrape().catch(() => "gone"), { timeout: 5000 }).toBe("gone");
      expect(failures).toEqual([]);
      expect(dying.parts).toEqual([{ name: "service" }]);
      expect(dying.facts().limits.join("\n")).toMatch(/not known[\s\S]*not applied \(EXTRA\)/);
      expect(driver.startsParts).toBe(false);
    });
    return;
  }

  test("applies the definition's settings, keeps fsync on, and gives the service a role that is no superuser", async () => {
    expect(await stateOf(environment)).toMatchObject({ workMem: "5MB", fsync: "on", role: "app" });
  });

  test("names its parts with process, port, version and log", () => {
    for (const part of environment.parts) {
      expect(part.pid).toBeGreaterThan(0);
      expect(part.port).toBeGreaterThan(0);
      expect(readFileSync(part.logFile ?? "", "utf8").length).toBeGreaterThan(0);
    }
    const versions = environment.parts.map(({ name: part, version }) => `${part}: ${version}`).join(", ");
    expect(versions).toMatch(/service: node v24\..*, postgres: PostgreSQL 1\d\..*, redis: (Redis|Valkey) \d/);
  });

  test("gives the service nothing of the user's environment that could change it", async () => {
    const { environment: seen } = await stateOf(environment);
    const known = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"];
    const own = ["PORT", "DATABASE_URL", "REDIS_URL", "PROOFLOAD_RUN"];
    const ofImages = ["HOSTNAME", "NODE_VERSION", "YARN_VERSION", "NODE_EXTRA_CA_CERTS"];
    const allowed = [...known, ...own, ...(name === "containers" ? ofImages : [])];
    expect(Object.keys(seen).filter((variable) => !allowed.includes(variable))).toEqual([]);
  });

  test("starts the service on reset with the scenario's settings and a log of its own, and leaves the others running", async () => {
    const logs = scratchFolder();
    onTestFinished(() => logs[Symbol.dispose]());
    const pids = (["service", "postgres", "redis"] as const).map((part) => pidOf(environment, part));
    await post(environment, 1);
    expect(await stateOf(environment)).toMatchObject({ inserts: 1 });
    await environment.reset({ settings: { EXTRA: "yes" }, logDirectory: logs.path });
    expect(await stateOf(environment)).toMatchObject({ inserts: 0, environment: { EXTRA: "yes" } });
    expect(readFileSync(`${logs.path}/service.log`, "utf8")).toContain("listening");
    const now = (["service", "postgres", "redis"] as const).map((part) => pidOf(environment, part));
    expect(now.map((pid, i) => pid === pids[i])).toEqual([false, true, true]);
    await environment.reset({ settings: {}, logDirectory: options.logDirectory });
    expect((await stateOf(environment)).environment["EXTRA"]).toBeUndefined();
  });

  test("says nothing about parts that it stopped itself", async () => {
    const failures: PartFailure[] = [];
    const unsubscribe = environment.onFailure((failure) => failures.push(failure));
    await environment.reset({ settings: {}, logDirectory: options.logDirectory });
    unsubscribe();
    expect(failures).toEqual([]);
  });

  describe("when a part dies", () => {
    test.each(["service", "redis", "postgres"] as const)(
      "%s killed: the failure names it, once, and nothing is left",
      async (part: PartName) => {
        const own = await prepare();
        const dying = await driver.provision(own);
        const failures: PartFailure[] = [];
        const told = new Promise<PartFailure>((resolve) => {
          dying.onFailure((failure) => {
            failures.push(failure);
            resolve(failure);
          });
        });
        driver.kill(dying, part);
        const failure = await told;
        expect(failure).toMatchObject({ part, how: "killed by SIGKILL" });
        expect(failure.outOfMemory).toBeUndefined();
        expect(failure.lastLines.join("\n")).toMatch(/listening|ready to accept connections|Ready to accept/i);
        expect(failure.logFile).toBe(`${own.logDirectory}/${part}.log`);
        const reset = dying.reset({ settings: {}, logDirectory: own.logDirectory });
        if (part === "service") {
          await reset;
          expect(await stateOf(dying)).toMatchObject({ rows: 1000 });
        } else {
          await expect(reset).rejects.toMatchObject({ code: "PL_PART_DIED", message: expect.stringContaining(part) });
        }
        await dying[Symbol.asyncDispose]();
        await own.guardian.done();
        expect(await leftAfterAWhile(own.guardian)).toEqual([]);
        expect(failures).toHaveLength(1);
      },
    );
  });

  describe("a start that fails says why, and leaves nothing", () => {
    async function failure(more: Partial<ProvisionOptions>) {
      const own = await prepare(more);
      const error: unknown = await driver.provision(own).then(
        async (started) => started[Symbol.asyncDispose](),
        (reason: unknown) => reason,
      );
      // Before the guardian has its say: provisioning cleans up after itself.
      const left = driver.left(own.guardian.runId).filter((one) => !one.includes("guardian-process"));
      expect(left).toEqual([]);
      await own.guardian.done();
      expect(await leftAfterAWhile(own.guardian)).toEqual([]);
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
      expect(String(error)).toMatch(/not ready within 0\.7 s: /);
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

  if (name === "embedded") {
    test("enforces no limits of itself, and says so", () => {
      expect(environment.facts().limits.join()).toContain("not enforced");
      expect(environment.facts().engine).toBeUndefined();
    });
    return;
  }

  test("a worker of the service that the kernel ends at the memory limit is a failure, though the service goes on", async () => {
    const told = Promise.withResolvers<PartFailure>();
    environment.onFailure(told.resolve);
    await fetch(`${environment.baseUrl}/worker-eats`);
    expect(await told.promise).toMatchObject({
      part: "service",
      how: "lost a process, which was ended by the kernel: out of memory, past its limit of 512 MiB",
      outOfMemory: true,
    });
    expect(await stateOf(environment)).toHaveProperty("rows");
  });

  test("every part is in a container of its own: limits, host's network, read-only root, no rights, no published port", () => {
    for (const { containerId = "", pid } of environment.parts) {
      const [inspected] = JSON.parse(execFileSync("docker", ["inspect", containerId], { encoding: "utf8" }));
      const { NanoCpus, CpusetCpus, Memory, MemorySwap, NetworkMode, ReadonlyRootfs, PortBindings } =
        inspected.HostConfig;
      const layout = environment.facts().layout?.parts.service;
      expect({ NanoCpus, CpusetCpus, Memory, MemorySwap, NetworkMode, ReadonlyRootfs }).toEqual({
        NanoCpus: (layout?.cpus ?? 0) * 1e9,
        CpusetCpus: layout?.cpuset,
        Memory: layout?.memoryBytes,
        MemorySwap: layout?.memoryBytes,
        NetworkMode: "host",
        ReadonlyRootfs: true,
      });
      expect(PortBindings ?? {}).toEqual({});
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      expect(status).not.toMatch(/^Uid:\s+0\b/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    }
  });

  test("the engine, the images' content and the engine's own counters are known", async () => {
    const { engine, parts } = environment.facts();
    expect(engine).toMatchObject({
      version: expect.stringMatching(/^\d/),
      cgroupVersion: expect.stringMatching(/^[12]$/),
    });
    for (const { image } of parts) expect(image?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const usage = await environment.usage?.();
    for (const { name: part } of parts) {
      expect(usage?.[part]).toMatchObject({ memoryLimitBytes: environment.facts().layout?.parts.service.memoryBytes });
      expect(usage?.[part]?.cpuSeconds).toBeGreaterThan(0);
    }
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
    ["http://192.0.2.1:80", "PL_NOT_ALLOWED"],
    ["http://[2001:db8::1]/", "PL_NOT_ALLOWED"],
    ["http://0.0.0.0:80", "PL_NOT_ALLOWED"],
    ["ftp://127.0.0.1/", "PL_USAGE"],
    ["127.0.0.1:80", "PL_USAGE"],
    ["http://no-such-host.invalid/", "PL_NOT_ALLOWED"],
  ])("%s is refused before anything is sent", async (url, code) => {
    await expect(provisionUrl({ url, signal })).rejects.toMatchObject({ code });
  });

  test("a name that means this machine is accepted", async () => {
    const url = (await serve(200)).replace("127.0.0.1", "localhost");
    await using environment = await provisionUrl({ url, signal });
    expect(environment.kind).toBe("url");
  });
});
