import { randomBytes } from "node:crypto";
import { appendFileSync, cpSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { EnvironmentFacts } from "../../harness/environment/environment.ts";
import { isAlive } from "../../harness/environment/processes.ts";
import { docker, requireDocker } from "../docker/docker-command.ts";
import { standIns } from "../docker/images.ts";
import { fixtureContext } from "./containers-support.ts";
import {
  type Driver,
  type DriverOptions,
  leftOf,
  newRunId,
  orphanedSharedMemory,
  scratchFolder,
  startDriver,
} from "./environment-support.ts";

const WITHIN_MS = 15_000;
/** What is made carries an expiry that has passed an hour ago. */
const EXPIRED = { madeEarlierMs: 25 * 3600 * 1000 };
const SLOW_SEED = { environment: { SEED_ROWS: "1000000" } };

interface Run {
  readonly runId: string;
  readonly driver: Driver;
}

let env: NodeJS.ProcessEnv;
let context: ReturnType<typeof scratchFolder>;
let neighbour: Run;
let neighbours: readonly string[];
let memory: readonly string[];

// A run that lives all the while, although what it made says that it has expired: nobody may touch it.
beforeAll(async () => {
  await requireDocker();
  env = { ...process.env, ...(await standIns()) };
  memory = orphanedSharedMemory();
  context = scratchFolder();
  await fixtureContext(context.path);
  neighbour = start(EXPIRED, afterAll);
  await neighbour.driver.line("ready");
  neighbours = await containersOf(neighbour.runId);
  expect(neighbours).toHaveLength(3);
});

afterAll(() => context[Symbol.dispose]());

function start(more: Partial<DriverOptions>, atEnd: (clean: () => void) => void = onTestFinished): Run {
  const logs = scratchFolder();
  atEnd(() => logs[Symbol.dispose]());
  const runId = newRunId();
  const options = { runId, logDirectory: logs.path, environment: {}, buildContext: context.path, resets: false };
  const driver = startDriver({ ...options, holds: true, ...more }, [], env);
  atEnd(() => void driver.process.kill("SIGKILL"));
  return { driver, runId };
}

function containersOf(runId: string): Promise<string[]> {
  return ofRun(["container", "ls", "--all"], runId);
}

async function ofRun(list: readonly string[], runId: string): Promise<string[]> {
  const found = await docker([...list, "--quiet", "--filter", `label=proofload.run=${runId}`]);
  return found.split("\n").filter(Boolean).sort();
}

/** Everything that a run may leave, by names of the test's own asking. */
async function everythingOf({ runId }: Run, parts: EnvironmentFacts["parts"] = []): Promise<string[]> {
  const ports = await Promise.all(parts.map(async ({ port }) => ((await isOpen(port)) ? [`port ${port}`] : [])));
  return [
    ...(await containersOf(runId)),
    ...(await ofRun(["volume", "ls"], runId)),
    ...(await ofRun(["network", "ls"], runId)),
    ...leftOf(runId),
    ...parts.flatMap(({ name, pid }) => (pid !== undefined && isAlive(pid) ? [`${name}, process ${pid}`] : [])),
    ...ports.flat(),
  ];
}

async function leftAfterwards(run: Run, parts?: EnvironmentFacts["parts"]): Promise<string[]> {
  const until = performance.now() + WITHIN_MS;
  for (;;) {
    // The guardian is there to the last.
    while (leftOf(run.runId).length > 0 && performance.now() < until) await sleep(250);
    const left = await everythingOf(run, parts);
    if (left.length === 0 || performance.now() > until) return left;
    await sleep(500);
  }
}

async function isOpen(port: number | undefined): Promise<boolean> {
  const socket = connect(port ?? 0, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
  });
}

function partsIn(driver: Driver): EnvironmentFacts["parts"] {
  const ready = driver.lines.find((line) => line.startsWith("ready"));
  return ready === undefined ? [] : JSON.parse(ready.slice("ready ".length)).parts;
}

async function expectNeighbourUntouched(): Promise<void> {
  expect(await containersOf(neighbour.runId)).toEqual(neighbours);
  const [service] = partsIn(neighbour.driver);
  expect((await fetch(`http://127.0.0.1:${service?.port}/readyz`)).status).toBe(200);
}

describe.concurrent("kill -9 of the harness leaves no container, network, volume, process or port", () => {
  test("while the image of the service is built", async () => {
    const mark = randomBytes(8).toString("hex");
    const own = scratchFolder();
    onTestFinished(() => own[Symbol.dispose]());
    cpSync(context.path, own.path, { recursive: true });
    appendFileSync(join(own.path, "Dockerfile"), `RUN echo ${mark} && sleep 120\n`);
    const builds = async () => (await docker(["ps", "--all", "--no-trunc", "--format", "{{.Command}}"])).includes(mark);
    const run = start({ buildContext: own.path });
    await run.driver.line("building");
    await expect.poll(builds, { timeout: 20_000 }).toBe(true);
    run.driver.process.kill("SIGKILL");
    expect(await leftAfterwards(run)).toEqual([]);
    await expect.poll(builds, { timeout: WITHIN_MS }).toBe(false);
  });

  test.each([
    ["starting Postgres", 0, {}],
    ["starting Postgres", 250, {}],
    ["seeding", 200, SLOW_SEED],
    ["ready", 0, {}],
    ["under load", 500, { loads: true }],
    ["stopping", 20, { holds: false }],
  ] as const)("at «%s» and %i ms", async (moment, ms, more) => {
    const run = start(more);
    await run.driver.line(moment);
    await sleep(ms);
    run.driver.process.kill("SIGKILL");
    expect(await run.driver.exited).toBe("SIGKILL");
    expect(await leftAfterwards(run, partsIn(run.driver))).toEqual([]);
  });
});

test("a run beside them has lost nothing, and no shared memory is left", async () => {
  await expectNeighbourUntouched();
  expect(orphanedSharedMemory().filter((one) => !memory.includes(one))).toEqual([]);
});

test("where the guardian is killed as well, the start of a later run removes what has expired, of dead runs alone", async () => {
  const fresh = start({});
  const old = start(EXPIRED);
  for (const { driver, runId } of [fresh, old]) {
    await driver.line("ready");
    driver.process.kill("SIGKILL");
    const [guardian = ""] = leftOf(runId).filter((one) => one.includes("guardian-process"));
    process.kill(Number(/^process (\d+)/.exec(guardian)?.[1]), "SIGKILL");
    await expect.poll(() => leftOf(runId)).toEqual([]);
  }
  const left = await containersOf(fresh.runId);
  expect(left).toHaveLength(3);
  expect(await containersOf(old.runId)).toHaveLength(3);
  const later = start({ holds: false });
  expect(await later.driver.exited).toBe(0);
  expect(await everythingOf(old, partsIn(old.driver))).toEqual([]);
  expect(await containersOf(fresh.runId)).toEqual(left);
  await expectNeighbourUntouched();
  await docker(["rm", "--force", "--volumes", ...left]);
  expect(await everythingOf(fresh)).toEqual([]);
});

test("a run that is ended by a signal has removed everything when it ends", async () => {
  neighbour.driver.process.kill("SIGTERM");
  expect(await neighbour.driver.exited).toBe(0);
  // Without waiting.
  expect(await everythingOf(neighbour, partsIn(neighbour.driver))).toEqual([]);
});
