import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MicroRecord } from "../../harness/collect/micro-record.ts";
import { type Guardian, startGuardian } from "../../harness/environment/guardian.ts";
import type { Host } from "../../harness/host.ts";
import { checkSubject, measureSubject } from "../../harness/micro/measure-subject.ts";
import { parseBudget } from "../../harness/plan/budget.ts";
import type { MicroPlan } from "../../harness/plan/plan.ts";
import { NODE_FLAGS } from "../../harness/plan/read-micro-plan.ts";
import { fitGrowth } from "../../harness/verdict/stats/growth.ts";
import { folder } from "../e2e/cli.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "micro");
const host: Host = {
  // A user's own options must not reach the measured process: this one would stop it.
  env: { ...process.env, NODE_OPTIONS: "--no-such-option" },
  cwd: process.cwd(),
  out: { write: () => {}, note: () => {}, live: false, colour: false, columns: 100 },
  interrupted: new AbortController().signal,
  now: () => Date.now(),
};
const planOf = (file: string, more: Partial<MicroPlan> = {}): MicroPlan => ({
  name: "known",
  title: "Known costs",
  target: "test",
  profile: { name: "any", cpus: 1, memoryGiB: 1 },
  script: join(FIXTURES, file),
  budgets: [],
  nodeFlags: NODE_FLAGS,
  timing: { warmupMs: 100, rounds: 5, roundMs: 30, heapRepeats: 9 },
  ...more,
});

let here: Awaited<ReturnType<typeof folder>>;
let guardian: Guardian;
beforeAll(async () => {
  here = await folder();
  guardian = await startGuardian({ runId: `contract-micro-${process.pid}`, env: host.env });
});
afterAll(async () => {
  await guardian.done();
  await here[Symbol.asyncDispose]();
});
const options = (name: string) => ({ host, guardian, runDirectory: join(here.path, name), onStep: () => {} });

describe("operations whose cost is known", () => {
  let record: MicroRecord;
  const sizes = [3000, 10_000, 30_000, 100_000];
  beforeAll(async () => {
    const plan = planOf("known.bench.ts", { sweep: { name: "n", sizes } });
    record = await measureSubject(plan, { cpu: true, heap: true }, options("known"));
  });
  const bench = (name: string) => record.benches.find((entry) => entry.name === name);

  it("completes one process for the benches and one for each size", () => {
    expect(record.processes.map(({ size, exit }) => [size, exit.kind])).toEqual(
      [undefined, ...sizes].map((size) => [size, "completed"]),
    );
  });

  it.each([
    ["nothing", 0, 0],
    ["object", 40, 40.5],
    ["buffer", 8192, 8600],
  ])("counts the bytes of %s", (name, least, most) => {
    expect(bench(name)?.bytes?.median).toBeGreaterThanOrEqual(least);
    expect(bench(name)?.bytes?.median).toBeLessThanOrEqual(most);
  });

  it("does not tell the bytes of an operation in which V8 had to collect", () => {
    expect(bench("flood")?.samples).toBeGreaterThanOrEqual(5);
    expect(bench("flood")?.bytes).toBeUndefined();
    expect(bench("flood")?.gc.count).toBeGreaterThan(0);
  });

  it("keeps the slowest calls: one in ten", async () => {
    const { samplesFile = "", samples = 0 } = bench("tenth-call-is-slow") ?? {};
    const lines = (await readFile(join(here.path, "known", samplesFile), "utf8")).trimEnd().split("\n");
    const slow = lines.flatMap((line): number[] => JSON.parse(line).ns).filter((ns) => ns >= 5e6).length;
    expect(slow).toBeGreaterThan(5);
    expect(samples / slow).toBeLessThan(11.5);
  });

  it("times calls, never below what they take", () => {
    expect(bench("quarter-millisecond")?.time.min).toBeGreaterThanOrEqual(0.25e6);
    // Twice the work: whatever else the machine does, the fastest calls tell.
    const [quarter, half] = [bench("quarter-millisecond")?.time.min ?? 0, bench("half-millisecond")?.time.min ?? 0];
    expect(half / quarter).toBeGreaterThan(1.9);
    expect(half / quarter).toBeLessThan(2.1);
    expect(bench("half-millisecond")?.items).toBe(10);
  });

  it("times single calls where that is asked for, and batches of one size otherwise", () => {
    expect(bench("promise")?.callsPerSample).toBe(1);
    for (const name of ["nothing", "object"]) {
      const { calls = 0, samples = 1, callsPerSample = 0 } = bench(name) ?? {};
      expect(callsPerSample).toBeGreaterThan(100);
      expect(calls / samples).toBe(callsPerSample);
    }
  });

  it("keeps as many raw samples as it counted", async () => {
    const { samplesFile = "", samples } = bench("object") ?? {};
    const lines = (await readFile(join(here.path, "known", samplesFile), "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines.reduce((sum, line) => sum + JSON.parse(line).ns.length, 0)).toBe(samples);
  });

  it("finds that a loop over n is linear in n", () => {
    const points = record.benches.flatMap(({ size, time }) => (size === undefined ? [] : [{ size, value: time.min }]));
    expect(points.map(({ size }) => size)).toEqual(sizes);
    const exponent = fitGrowth(points)?.exponent ?? 0;
    expect(exponent).toBeGreaterThan(0.9);
    expect(exponent).toBeLessThan(1.1);
  });

  it("tells the memory of a size from that of Node", () => {
    const of = (size: number) => {
      const process = record.processes.find((entry) => entry.size === size);
      return ((process?.peakRssBytes ?? 0) - (process?.idleRssBytes ?? 0)) / 1024 ** 2;
    };
    // 100 MB against 3 MB are held; both processes need the same for measuring.
    // Pages that one of them had and gave back count too: 81 to 120 MB were seen.
    expect(of(100_000) - of(3000)).toBeGreaterThan(65);
    expect(of(100_000) - of(3000)).toBeLessThan(140);
  });

  it("profiles beside what it measures", async () => {
    expect(record.profiles).toEqual(["micro/known/known.cpuprofile", "micro/known/known.heapprofile"]);
    expect(await readFile(join(here.path, "known", record.profiles[0] ?? ""), "utf8")).toContain('"spin"');
  });
});

describe("a benchmark that cannot be measured", () => {
  it("is a failed process with what it said, when it throws", async () => {
    const record = await measureSubject(planOf("failing.bench.ts"), { cpu: false, heap: false }, options("failing"));
    expect(record.benches).toEqual([]);
    expect(record.processes[0]?.exit).toMatchObject({
      kind: "failed",
      how: "the benchmark exited with code 1",
      lastLines: expect.arrayContaining([expect.stringContaining("one too many")]),
    });
  });

  it("is refused before anything is measured, when a budget names no bench of it", async () => {
    const budget = parseBudget({ limit: "mean of time in objekt < 1 ms", source: "A-1" });
    const plan = planOf("known.bench.ts", { budgets: budget.ok ? [budget.value] : [] });
    await expect(checkSubject(plan, options("misspelt"))).rejects.toMatchObject({
      code: "PL_PLAN",
      problems: [{ what: 'there is no bench "objekt"', instead: expect.stringContaining('"object"?') }],
    });
  });

  it("is refused when its file is not there", async () => {
    await expect(checkSubject(planOf("nowhere.bench.ts"), options("nowhere"))).rejects.toMatchObject({
      code: "PL_PLAN",
      problems: [{ what: expect.stringContaining("Cannot find module") }],
    });
  });
});
