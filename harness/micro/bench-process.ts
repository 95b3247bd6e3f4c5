/**
 * The measured process: `node <flags> bench-process.ts <order>`, where the order is JSON (BenchOrder). It writes what it
 * measured to `order.resultFile` and ends. Nothing else runs in it.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PerformanceObserver } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { getHeapStatistics } from "node:v8";
import type { BenchRecord, BenchTime, MicroProcess } from "../collect/micro-record.ts";
import { parseRunQueueWait } from "../collect/proc-text.ts";
import type { MicroTiming } from "../plan/plan.ts";
import type { Bench, BenchFile } from "./bench.ts";
import { type Operation, operationOf } from "./operation.ts";
import { summary } from "./samples.ts";

export interface BenchOrder {
  /** Absolute path of the benchmark file. */
  readonly script: string;
  readonly timing: MicroTiming;
  /** One size of the sweep instead of the benches. */
  readonly point?: { readonly name: string; readonly size: number };
  /** "list": only the names. "profile": runs each bench for a while, and measures nothing. */
  readonly what: "measure" | "list" | "profile";
  readonly resultFile: string;
  /** Folder for the raw samples. */
  readonly samplesDirectory: string;
}

export interface BenchResult {
  readonly names: readonly string[];
  readonly sweeps: boolean;
  readonly benches: readonly Omit<BenchRecord, "samplesFile">[];
  readonly process: Omit<MicroProcess, "exit" | "size" | "foreignShare" | "wallSeconds">;
}

const order: BenchOrder = JSON.parse(process.argv[2] ?? "{}");
const idleRssBytes = process.memoryUsage.rss();
const gc = globalThis.gc ?? (() => {});
const collections: { at: number; ns: number }[] = [];
const observer = new PerformanceObserver((list) => noteCollections(list.getEntries()));
observer.observe({ entryTypes: ["gc"] });

function noteCollections(entries: readonly { startTime: number; duration: number }[]): void {
  for (const { startTime, duration } of entries) {
    collections.push({ at: startTime, ns: duration * 1e6 });
  }
}

interface Named extends Bench {
  readonly name: string;
  readonly size?: number;
}

async function made(module: BenchFile): Promise<Named[]> {
  if (order.point !== undefined) {
    const { name, size } = order.point;
    if (module.sweep === undefined) {
      throw new TypeError("the target declares a sweep, and the file exports no `sweep`");
    }
    return [{ name: `${name}/${size}`, size, ...(await module.sweep(size)) }];
  }
  const map = (await module.default?.()) ?? {};
  return Object.entries(map).map(([name, bench]) => ({
    name,
    ...(typeof bench === "function" ? { run: bench } : bench),
  }));
}

async function measureAll(all: readonly Named[]): Promise<BenchResult["benches"]> {
  // Not imported above: a process that only lists names need not load it.
  const { measure } = await import("mitata");
  const { timing } = order;
  const operations: { bench: Named; operation: Operation; batch: number }[] = [];
  for (const bench of all) {
    const operation = operationOf(bench.run);
    const ns = await operation.warmUp(timing.warmupMs);
    operations.push({ bench, operation, batch: bench.single === true ? 1 : callsPerSample(ns) });
  }
  const taken = operations.map(() => [] as Round[]);
  for (let round = 0; round < timing.rounds; round += 1) {
    // Every second round backwards, so that no bench always comes after the same neighbour.
    const turns = operations.map((entry, index) => ({ ...entry, index }));
    for (const { operation, batch, index } of round % 2 === 0 ? turns : turns.reverse()) {
      gc();
      await settled();
      const startedAt = performance.now();
      const stats = await measure(operation.call, {
        min_cpu_time: timing.roundMs * 1e6,
        min_samples: 1,
        // mitata sorts away the two smallest and two largest samples of a round otherwise: the tail is what we ask for.
        samples_threshold: Number.MAX_SAFE_INTEGER,
        max_samples: MOST_SAMPLES,
        // Collected above, where it is not counted as the benchmark's own.
        gc: false,
        // mitata would decide anew in each round whether to time calls in batches, and mix both in one distribution.
        warmup_threshold: Number.MAX_SAFE_INTEGER,
        batch_threshold: batch === 1 ? -1 : Number.MAX_SAFE_INTEGER,
        batch_samples: batch,
      });
      const endedAt = performance.now();
      await settled();
      taken[index]?.push({ samples: stats.samples, ticks: stats.ticks, gc: collectionsIn(startedAt, endedAt) });
    }
  }
  mkdirSync(order.samplesDirectory, { recursive: true });
  const results: Omit<BenchRecord, "samplesFile">[] = [];
  for (const [index, { bench, operation }] of operations.entries()) {
    const rounds = taken[index] ?? [];
    const time = summary(rounds.flatMap((round) => round.samples));
    const bytes = await operation.bytesPerCall({ repeats: timing.heapRepeats, used, gc, collectionsSince, settled });
    writeFileSync(
      join(order.samplesDirectory, `${bench.name.replaceAll("/", "-")}.jsonl`),
      rounds.map(({ samples }, round) => `${JSON.stringify({ round, ns: samples.map(shortened) })}\n`).join(""),
    );
    results.push(recordOf(bench, rounds, time, bytes));
  }
  return results;
}

/** A sample shall last this long: a thousand times what the clock resolves, and short beside a round. */
const SAMPLE_NS = 500_000;
/** Longer calls are timed each by itself. */
const BATCHED_BELOW_NS = 65_536;
const MOST_CALLS_PER_SAMPLE = 65_536;

/** mitata takes four calls in each turn of its loop. */
function callsPerSample(ns: number): number {
  const calls = 4 * Math.ceil(SAMPLE_NS / Math.max(ns, 1) / 4);
  return ns > BATCHED_BELOW_NS ? 1 : Math.min(MOST_CALLS_PER_SAMPLE, calls);
}

/** More would take longer to sort than to measure. */
const MOST_SAMPLES = 20_000;

interface Round {
  readonly samples: readonly number[];
  readonly ticks: number;
  readonly gc: { readonly count: number; readonly ns: number };
}

function recordOf(
  bench: Named,
  rounds: readonly Round[],
  time: BenchTime,
  bytes: BenchRecord["bytes"],
): Omit<BenchRecord, "samplesFile"> {
  const samples = rounds.reduce((sum, round) => sum + round.samples.length, 0);
  const calls = rounds.reduce((sum, round) => sum + round.ticks, 0);
  return {
    name: bench.name,
    ...(bench.size === undefined ? {} : { size: bench.size }),
    items: bench.items ?? 1,
    callsPerSample: samples === 0 ? 1 : Math.round(calls / samples),
    samples,
    calls,
    time,
    rounds: rounds.map((round) => summary(round.samples).mean),
    ...(bytes === undefined ? {} : { bytes }),
    gc: {
      count: rounds.reduce((sum, round) => sum + round.gc.count, 0),
      ns: rounds.reduce((sum, round) => sum + round.gc.ns, 0),
    },
  };
}

async function profileAll(all: readonly Named[]): Promise<void> {
  const { timing } = order;
  for (const { run } of all) {
    await operationOf(run).warmUp(timing.warmupMs + timing.rounds * timing.roundMs);
  }
}

/** Collections are reported a turn of the event loop after they happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  noteCollections(observer.takeRecords());
}

function collectionsIn(from: number, to: number): Round["gc"] {
  const inside = collections.filter(({ at }) => at >= from && at <= to);
  return { count: inside.length, ns: inside.reduce((sum, { ns }) => sum + ns, 0) };
}

function collectionsSince(at: number): number {
  return collections.filter((entry) => entry.at >= at).length;
}

/** Array buffers live outside of V8's heap, and are allocated all the same. */
function used(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

function shortened(ns: number): number {
  return Math.round(ns * 1000) / 1000;
}

function facts(): BenchResult["process"] {
  const { user, system } = process.cpuUsage();
  const waitSeconds = longestWait();
  return {
    cpuSeconds: (user + system) / 1e6,
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
    idleRssBytes,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    clockNs: clockNs(),
  };
}

/** Of the thread that waited longest for a core: some benchmarks work in threads of their own. */
function longestWait(): number | undefined {
  try {
    const waits = readdirSync("/proc/self/task").map(
      (thread) => parseRunQueueWait(readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1")) ?? 0,
    );
    return Math.max(...waits);
  } catch {
    return undefined;
  }
}

function clockNs(): number {
  const apart: number[] = [];
  for (let index = 0; index < 10_001; index += 1) {
    const from = performance.now();
    apart.push((performance.now() - from) * 1e6);
  }
  return apart.sort((a, b) => a - b)[5000] ?? 0;
}

const file: BenchFile = await import(pathToFileURL(order.script).href);
const benches = await made(file);
const measured = order.what === "measure" ? await measureAll(benches) : [];
if (order.what === "profile") {
  await profileAll(benches);
}
writeFileSync(
  order.resultFile,
  JSON.stringify({
    names: benches.map(({ name }) => name),
    sweeps: file.sweep !== undefined,
    benches: measured,
    process: facts(),
  } satisfies BenchResult),
);
// A bench may hold timers and sockets (the real audit log does): nothing more is to come from them.
process.exit(0);
