import { randomBytes } from "node:crypto";
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { docker, requireDocker } from "../docker/docker-command.ts";
import {
  containersOf,
  everythingOf,
  killWithGuardian,
  leftAfterwards,
  partsIn,
  type Run,
  WITHIN_MS,
} from "./containers-left.ts";
import { fixtureContext, imageVariables } from "./containers-support.ts";
import {
  type DriverOptions,
  leftOf,
  newRunId,
  orphanedSharedMemory,
  scratchFolder,
  startDriver,
} from "./environment-support.ts";

/** What is made carries an expiry that has passed an hour ago. */
const EXPIRED = { madeEarlierMs: 25 * 3600 * 1000 };
const SLOW_SEED = { environment: { SEED_ROWS: "1000000" } };

let env: NodeJS.ProcessEnv;
let context: ReturnType<typeof scratchFolder>;
let neighbour: Run;
let neighbours: readonly string[];
let memory: readonly string[];

// A run that lives all the while, although what it made says that it has expired: nobody may touch it.
beforeAll(async () => {
  await requireDocker();
  env = { ...process.env, ...(await imageVariables()) };
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

/** Nobody else would, for a day. */
async function removeContainersOf(runId: string): Promise<void> {
  const left = await containersOf(runId);
  if (left.length > 0) await docker(["rm", "--force", "--volumes", ...left]);
}

async function expectNeighbourUntouched(): Promise<void> {
  expect(await containersOf(neighbour.runId)).toEqual(neighbours);
  const [service] = partsIn(neighbour.driver);
  expect((await fetch(`http://127.0.0.1:${service?.port}/readyz`)).status).toBe(200);
}

describe.concurrent("kill -9 of the harness leaves no container, network, volume, process or port", () => {
  test("while the image of the service is built", async ({ expect }) => {
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
  for (const run of [fresh, old]) {
    await run.driver.line("ready");
    await killWithGuardian(run);
    onTestFinished(() => removeContainersOf(run.runId));
    await expect.poll(() => leftOf(run.runId)).toEqual([]);
  }
  const left = await containersOf(fresh.runId);
  expect(left).toHaveLength(3);
  expect(await containersOf(old.runId)).toHaveLength(3);
  const later = start({ holds: false });
  expect(await later.driver.exited).toBe(0);
  expect(await everythingOf(old, partsIn(old.driver))).toEqual([]);
  expect(await containersOf(fresh.runId)).toEqual(left);
  await expectNeighbourUntouched();
});

test("a run that is ended by a signal has removed everything when it ends", async () => {
  neighbour.driver.process.kill("SIGTERM");
  expect(await neighbour.driver.exited).toBe(0);
  // Without waiting.
  expect(await everythingOf(neighbour, partsIn(neighbour.driver))).toEqual([]);
});
