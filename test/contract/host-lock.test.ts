import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { takeHostLock } from "../../harness/environment/host-lock.ts";
import { newRunId } from "./environment-support.ts";

const module = fileURLToPath(new URL("../../harness/environment/host-lock.ts", import.meta.url));
const since = "2026-11-21T00:00:00.000Z";

function take(name: string, more: { share?: boolean; what?: string } = {}) {
  return takeHostLock({ name, pid: process.pid, since, what: more.what ?? "run quick", share: more.share ?? false });
}

/** A run of another process; prints what it shares with on every line that it is sent. */
async function otherRun(name: string, share: boolean): Promise<ChildProcess> {
  const script = `
    const { takeHostLock } = await import(${JSON.stringify(module)});
    const lock = await takeHostLock({ name: ${JSON.stringify(name)}, pid: process.pid, since: "${since}", what: "run other", share: ${share} });
    console.log("taken");
    process.stdin.on("data", () => console.log(JSON.stringify(lock.sharedWith)));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(createInterface({ input: child.stdout }), "line");
  return child;
}

test("a second run is refused, and told whose the machine is", async () => {
  const name = newRunId();
  const other = await otherRun(name, false);
  await expect(take(name)).rejects.toMatchObject({
    code: "PL_BUSY",
    message: `another proofload run measures on this machine: \`run other\`, process ${other.pid}, since ${since}`,
  });
});

test("the lock is free again after a normal end", async () => {
  const name = newRunId();
  const first = await take(name);
  await first[Symbol.asyncDispose]();
  await using second = await take(name);
  expect(second.sharedWith).toEqual([]);
});

test("the lock dies with its owner, also by kill -9", async () => {
  const name = newRunId();
  const other = await otherRun(name, false);
  other.kill("SIGKILL");
  await once(other, "exit");
  await using lock = await take(name);
  expect(lock.sharedWith).toEqual([]);
});

test("a run that shares the machine goes on, and both know of each other", async () => {
  const name = newRunId();
  const other = await otherRun(name, false);
  await using lock = await take(name, { share: true, what: "run smoke" });
  expect(lock.sharedWith).toEqual([{ pid: other.pid, since, what: "run other" }]);
  const lines = createInterface({ input: other.stdout ?? process.stdin });
  other.stdin?.write("?\n");
  const [line] = await once(lines, "line");
  expect(JSON.parse(line)).toEqual([{ pid: process.pid, since, what: "run smoke" }]);
});

test("who shares keeps others out too, when the first has gone", async () => {
  const name = newRunId();
  const first = await take(name);
  const sharer = await otherRun(name, true);
  await first[Symbol.asyncDispose]();
  await expect(take(name)).rejects.toMatchObject({ message: expect.stringContaining(`process ${sharer.pid}`) });
});

test("a run that has been stopped and does not answer keeps the machine", async () => {
  const name = newRunId();
  const other = await otherRun(name, false);
  other.kill("SIGSTOP");
  await expect(take(name)).rejects.toMatchObject({ code: "PL_BUSY", message: expect.stringContaining("stopped?") });
});

test("of ten runs that start at once, one has the machine", async () => {
  const name = newRunId();
  const locks = await Promise.allSettled(Array.from({ length: 10 }, () => take(name)));
  const taken = locks.filter((lock) => lock.status === "fulfilled");
  expect(taken).toHaveLength(1);
  await Promise.all(taken.map((lock) => lock.value[Symbol.asyncDispose]()));
});
