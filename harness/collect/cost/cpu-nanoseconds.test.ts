import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpuNanoseconds } from "./cpu-nanoseconds.ts";

describe("CPU time of a process with its descendants", () => {
  let proc: string;
  beforeEach(async () => {
    proc = await mkdtemp(join(tmpdir(), "proofload-proc-"));
  });
  afterEach(() => rm(proc, { recursive: true }));

  /** One thread; `ended`: user and system time of children that are gone, in ticks. */
  async function process(pid: number, ns: number, children = "", ended: readonly [number, number] = [0, 0]) {
    const thread = join(proc, String(pid), "task", String(pid));
    await mkdir(thread, { recursive: true });
    await writeFile(join(thread, "schedstat"), `${ns} 1200 34\n`);
    await writeFile(join(thread, "children"), children);
    const before = `${pid} (post (gres) x) S 1 1 1 0 -1 4194560 5 6 7 8 90 80 ${ended[0]} ${ended[1]}`;
    await writeFile(join(proc, String(pid), "stat"), `${before} 20 0 1 0 12345 1 2\n`);
  }

  it("is that of all threads in nanoseconds", async () => {
    await process(10, 1_234_567, "11 12 ");
    await process(11, 1000);
    await process(12, 200, "13 ");
    await process(13, 30);
    expect(cpuNanoseconds(10, proc)).toBe(1_235_797);
  });

  it("keeps that of a child which ends between two readings: a closed connection of Postgres takes nothing away", async () => {
    await process(10, 1_000_000, "11 ");
    await process(11, 500_000_000);
    const before = cpuNanoseconds(10, proc) ?? Number.NaN;
    await process(10, 1_200_000, "", [30, 22]);
    expect((cpuNanoseconds(10, proc) ?? Number.NaN) - before).toBe(20_200_000);
  });

  it("is unknown of a process that is gone, or where the kernel does not count", async () => {
    expect(cpuNanoseconds(10, proc)).toBeUndefined();
    await process(10, 5, "", [30, 22]);
    await rm(join(proc, "10", "task", "10", "schedstat"));
    expect(cpuNanoseconds(10, proc)).toBeUndefined();
  });
});
