import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { EnvironmentFacts } from "../../harness/environment/environment.ts";
import { isAlive } from "../../harness/environment/processes.ts";
import { docker } from "../docker/docker-command.ts";
import { type Driver, leftOf } from "./environment-support.ts";

export const WITHIN_MS = 15_000;

export interface Run {
  readonly runId: string;
  readonly driver: Driver;
}

/** Ids, in order. */
export function containersOf(runId: string): Promise<string[]> {
  return ofRun(["container", "ls", "--all"], runId);
}

async function ofRun(list: readonly string[], runId: string): Promise<string[]> {
  const found = await docker([...list, "--quiet", "--filter", `label=proofload.run=${runId}`]);
  return found.split("\n").filter(Boolean).sort();
}

/** Everything that a run may leave, by names of the test's own asking. */
export async function everythingOf({ runId }: Run, parts: EnvironmentFacts["parts"] = []): Promise<string[]> {
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

export async function leftAfterwards(run: Run, parts?: EnvironmentFacts["parts"]): Promise<string[]> {
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

/** What the driver said when it was ready; nothing before that. */
export function partsIn(driver: Driver): EnvironmentFacts["parts"] {
  const ready = driver.lines.find((line) => line.startsWith("ready"));
  return ready === undefined ? [] : JSON.parse(ready.slice("ready ".length)).parts;
}

/** kill -9 of the harness and, before it could do anything, of its guardian. */
export async function killWithGuardian({ runId, driver }: Run): Promise<void> {
  const [guardian = ""] = leftOf(runId).filter((one) => one.includes("guardian-process"));
  driver.process.kill("SIGKILL");
  process.kill(Number(/^process (\d+)/.exec(guardian)?.[1]), "SIGKILL");
  await driver.exited;
}
