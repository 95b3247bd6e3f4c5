import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ResourceSample, startResourceSampler } from "./resource-sampler.ts";

const BUSY = "const end = Date.now() + 20000; while (Date.now() < end);";
let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sampler-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

function start(script: string): ChildProcess & { pid: number } {
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  if (child.pid === undefined) throw new Error("the child did not start");
  return Object.assign(child, { pid: child.pid });
}

const values = (samples: readonly ResourceSample[], key: string) =>
  samples.flatMap((sample) => sample.values[key] ?? []);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("the resource sampler", () => {
  it("sees what a part and its descendants use, and what k6 may use", async () => {
    // The part itself sleeps; its child is busy.
    const part = start(`const busy = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(BUSY)}]);
      console.log(busy.pid); setInterval(() => {}, 1000);`);
    const [busyPid] = await once(part.stdout ?? part, "data");
    const sampler = startResourceSampler({ file: join(folder, "r.jsonl"), parts: [], intervalMs: 100 });
    sampler.add({ name: "k6", pid: part.pid });
    await pause(1000);
    const { samples, generator } = await sampler.stop();
    process.kill(Number(busyPid), "SIGKILL");
    expect(Math.max(...values(samples, "k6.cpu"))).toBeGreaterThan(0.1);
    expect(generator?.cpuSeconds).toBeGreaterThan(0.05);
    expect(generator?.wallSeconds).toBeGreaterThan(0.5);
    expect(generator?.allowedCores).toBeGreaterThan(0);
    expect(generator?.peakRssBytes).toBeGreaterThan(20 * 1024 ** 2);
    // Two processes that share most of their pages with every other Node on the machine.
    expect(Math.min(...values(samples, "k6.rss"))).toBeGreaterThan(4 * 1024 ** 2);
  });

  it("does not charge a part with the parts that it started", async () => {
    const busy = start(BUSY);
    const sampler = startResourceSampler({
      file: join(folder, "r.jsonl"),
      parts: [
        { name: "harness", pid: process.pid },
        { name: "service", pid: busy.pid },
      ],
      intervalMs: 100,
    });
    await pause(900);
    const { samples, generator } = await sampler.stop();
    const total = (key: string) => values(samples, key).reduce((sum, value) => sum + value, 0);
    expect(total("service.cpu")).toBeGreaterThan(2 * total("harness.cpu"));
    expect(generator).toBeUndefined();
  });

  it("has no samples of a part that is gone, and does not fail", async () => {
    const part = start("setInterval(() => {}, 1000)");
    const sampler = startResourceSampler({
      file: join(folder, "r.jsonl"),
      parts: [{ name: "service", pid: part.pid }],
      intervalMs: 50,
    });
    await pause(200);
    part.kill("SIGKILL");
    await once(part, "exit");
    const goneAt = Date.now();
    await pause(200);
    const { samples } = await sampler.stop();
    const later = samples.filter((sample) => sample.at > goneAt);
    expect(values(samples, "service.rss").length).toBeGreaterThan(0);
    expect(later.length).toBeGreaterThan(0);
    expect(later.filter((sample) => sample.values["service.rss"] !== undefined)).toEqual([]);
  });

  it("writes each sample as a line, together with the service's own gauges", async () => {
    let scrapes = 0;
    const sampler = startResourceSampler({
      file: join(folder, "r.jsonl"),
      parts: [],
      scrape: async () => {
        scrapes += 1;
        if (scrapes === 2) throw new Error("the service is busy");
        return 'db_pool_connections{state="in_use"} 7';
      },
      intervalMs: 50,
      scrapeIntervalMs: 50,
    });
    await pause(400);
    const { samples } = await sampler.stop();
    const lines = (await readFile(join(folder, "r.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as ResourceSample)).toEqual(expect.arrayContaining([...samples]));
    expect(values(samples, "service.pool_in_use").every((value) => value === 7)).toBe(true);
    expect(values(samples, "service.pool_in_use").length).toBeGreaterThan(2);
    expect(values(samples, "machine.cpu").length).toBeGreaterThan(2);
  });

  it("goes on in memory when its file cannot be written", async () => {
    const sampler = startResourceSampler({ file: join(folder, "no", "r.jsonl"), parts: [], intervalMs: 50 });
    await pause(200);
    expect((await sampler.stop()).samples.length).toBeGreaterThan(1);
  });
});
