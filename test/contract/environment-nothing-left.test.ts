import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { spawnChild } from "../../harness/environment/child.ts";
import type { EnvironmentFacts } from "../../harness/environment/environment.ts";
import { startGuardian } from "../../harness/environment/guardian.ts";
import {
  type DriverOptions,
  leftAfterAWhile,
  leftOf,
  newRunId,
  orphanedSharedMemory,
  scratchFolder,
  startDriver,
} from "./environment-support.ts";

let before: string[];
beforeEach(() => {
  before = orphanedSharedMemory();
});

function start(more: Partial<DriverOptions> = {}) {
  const logs = scratchFolder();
  onTestFinished(() => logs[Symbol.dispose]());
  const runId = newRunId();
  const driver = startDriver({
    runId,
    logDirectory: logs.path,
    environment: { START_WORKER: "1" },
    holds: true,
    resets: false,
    ...more,
  });
  onTestFinished(() => void driver.process.kill("SIGKILL"));
  return { driver, runId };
}

function factsIn(line: string): EnvironmentFacts {
  return JSON.parse(line.slice("ready ".length));
}

async function isClosed(port: number | undefined): Promise<boolean> {
  const socket = connect(port ?? 0, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(false));
    socket.once("error", () => resolve(true));
    socket.once("close", () => socket.destroy());
  });
}

describe("no process, port, folder or shared memory is left", () => {
  test("after a normal end, at once", async () => {
    const { driver, runId } = start({ holds: false });
    const { parts } = factsIn(await driver.line("ready"));
    expect(await driver.exited).toBe(0);
    // Without waiting: the guardian has gone before the harness goes.
    expect(leftOf(runId)).toEqual([]);
    expect(orphanedSharedMemory().filter((one) => !before.includes(one))).toEqual([]);
    expect(await Promise.all(parts.map((part) => isClosed(part.port)))).toEqual([true, true, true]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("after %s while it is up", async (signal) => {
    const { driver, runId } = start();
    const { parts } = factsIn(await driver.line("ready"));
    driver.process.kill(signal);
    expect(await driver.exited).toBe(0);
    expect(leftOf(runId)).toEqual([]);
    expect(await Promise.all(parts.map((part) => isClosed(part.port)))).toEqual([true, true, true]);
  });

  test.each(["starting Postgres", "seeding", "starting fixture"])("after SIGINT at «%s»", async (moment) => {
    const { driver, runId } = start({ environment: { SEED_ROWS: "300000" } });
    await driver.line(moment);
    await sleep(100);
    driver.process.kill("SIGINT");
    expect(await driver.exited).toBe(4);
    expect(driver.lines.at(-1)).toContain("interrupted by SIGINT");
    expect(leftOf(runId)).toEqual([]);
    expect(orphanedSharedMemory().filter((one) => !before.includes(one))).toEqual([]);
  });

  test.each([
    ["guardian", 0],
    ["starting Postgres", 0],
    ["starting Postgres", 200],
    ["starting Postgres", 400],
    ["starting Postgres", 600],
    ["starting Postgres", 800],
    ["seeding", 60],
    ["starting fixture", 150],
    ["ready", 0],
    ["resetting", 30],
    ["stopping", 10],
  ] as const)("after kill -9 at «%s» and %i ms", async (moment, ms) => {
    const { driver, runId } = start({
      environment: { START_WORKER: "1", SEED_ROWS: "300000" },
      holds: moment === "ready",
      resets: true,
    });
    await driver.line(moment);
    await sleep(ms);
    driver.process.kill("SIGKILL");
    expect(await driver.exited).toBe("SIGKILL");
    expect(await leftAfterAWhile(runId, before)).toEqual([]);
  });

  test("after kill -9 of Postgres and then of the harness", async () => {
    const { driver, runId } = start();
    const { parts } = factsIn(await driver.line("ready"));
    process.kill(parts.find((part) => part.name === "postgres")?.pid ?? 0, "SIGKILL");
    driver.process.kill("SIGKILL");
    expect(await leftAfterAWhile(runId, before)).toEqual([]);
  });

  test("after kill -9 of Postgres and of the harness while a statement computes that never looks up", async () => {
    const { driver, runId } = start();
    const { parts, baseUrl } = factsIn(await driver.line("ready"));
    const busy = fetch(`${baseUrl}/busy`).catch(() => {});
    await sleep(300);
    process.kill(parts.find((part) => part.name === "postgres")?.pid ?? 0, "SIGKILL");
    driver.process.kill("SIGKILL");
    expect(await leftAfterAWhile(runId, before)).toEqual([]);
    await busy;
  });

  test("after kill -9 of the harness when the service ignores SIGTERM", async () => {
    const { driver, runId } = start({ environment: { IGNORE_SIGTERM: "1", START_WORKER: "1" } });
    await driver.line("ready");
    driver.process.kill("SIGKILL");
    expect(await leftAfterAWhile(runId, before)).toEqual([]);
  });

  test("after kill -9 of the guardian and then of the harness: it had been started again", async () => {
    const { driver, runId } = start();
    await driver.line("ready");
    const [first] = guardiansOf(runId);
    process.kill(first ?? 0, "SIGKILL");
    await expect.poll(() => guardiansOf(runId).filter((pid) => pid !== first), { timeout: 5000 }).toHaveLength(1);
    driver.process.kill("SIGKILL");
    expect(await leftAfterAWhile(runId, before)).toEqual([]);
  });
});

describe("the guardian", () => {
  test("is not impressed by SIGINT and SIGTERM", async () => {
    await using guardian = await startGuardian({ runId: newRunId(), env: process.env });
    await sleep(150); // it has its handlers
    process.kill(guardian.pid, "SIGINT");
    process.kill(guardian.pid, "SIGTERM");
    await sleep(100);
    expect(guardiansOf(guardian.runId)).toEqual([guardian.pid]);
  });

  test("ends what a child has left behind in a session of its own", async () => {
    const guardian = await startGuardian({ runId: newRunId(), env: process.env });
    const script = `require("node:child_process").spawn("sleep", ["300"], {detached: true, stdio: "ignore"}).unref()`;
    const child = await spawnChild(guardian, "parent", process.execPath, ["-e", script], { cwd: "/" });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(leftOf(guardian.runId).join()).toContain("sleep 300");
    await guardian.done();
    expect(leftOf(guardian.runId)).toEqual([]);
  });

  test("leaves another run alone", async () => {
    await using other = await startGuardian({ runId: newRunId(), env: process.env });
    const child = await spawnChild(other, "sleep", "sleep", ["300"], { cwd: "/" });
    const folder = await other.makeDirectory("kept");
    const guardian = await startGuardian({ runId: newRunId(), env: process.env });
    await guardian.done();
    expect(child.exit).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("refuses a run id that could match what is not ours", async () => {
    await expect(startGuardian({ runId: "", env: process.env })).rejects.toMatchObject({ code: "PL_INTERNAL" });
  });
});

function guardiansOf(runId: string): number[] {
  const rows = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  const found = rows.filter((row) => row.includes("guardian-process") && row.includes(runId));
  return found.map((row) => Number.parseInt(row, 10)).filter((pid) => isRunning(pid));
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
