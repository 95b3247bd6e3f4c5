import { appendFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { cpuQuota, type ReadText } from "../environment/cgroup.ts";
import { watchBusiestThread } from "./busiest-thread.ts";
import { type EngineUsage, engineValues } from "./engine-values.ts";
import { foreignShare } from "./foreign-share.ts";
import { type GeneratorFacts, type GeneratorWatch, watchGenerator } from "./generator-watch.ts";
import { type CpuTime, parseCpuTimes } from "./proc-text.ts";
import { createProcUsage, openFiles, readText, type Usage, type UsageReader } from "./process-usage.ts";
import { createPsUsage } from "./process-usage-ps.ts";
import { parsePrometheus, type Sample } from "./prometheus.ts";
import { serviceGauges } from "./service-gauges.ts";

/** One line of resources.jsonl: "service.cpu" (cores), "service.rss" (bytes), "service.pool_in_use", … → value. */
export interface ResourceSample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface ResourceSamples {
  readonly samples: readonly ResourceSample[];
  /** Undefined when k6 was never seen. */
  readonly generator: GeneratorFacts | undefined;
}

interface SampledPart {
  /** service, postgres, redis, k6, harness, canary. The part named k6 is the load generator. */
  readonly name: string;
  readonly pid: number;
}

export interface SamplerOptions {
  /** resources.jsonl */
  readonly file: string;
  readonly parts: readonly SampledPart[];
  /** The service's metrics in Prometheus text, where it has any. */
  readonly scrape?: () => Promise<string | undefined>;
  /** What the container engine counts, where there is one; asked as often as the service's metrics. */
  readonly usage?: (() => Promise<EngineUsage>) | undefined;
  /** Cores that each part may use, where that is limited. */
  readonly cpuLimits?: Readonly<Record<string, number>>;
  /** 500 unless given. */
  readonly intervalMs?: number;
  /** 1000 unless given. */
  readonly scrapeIntervalMs?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface ResourceSampler extends AsyncDisposable {
  /** For parts that start later (k6), or anew. The first sample is taken at once. */
  add(part: SampledPart): void;
  /** Takes a last sample. */
  stop(): Promise<ResourceSamples>;
}

/**
 * Samples CPU and memory of the parts, of the whole machine, and the service's own gauges. A part that is gone is
 * absent from the samples, never 0. The samples are kept in memory too: a disk that is full does not end the run here.
 */
export function startResourceSampler(options: SamplerOptions): ResourceSampler {
  const { file, scrape, intervalMs = 500, scrapeIntervalMs = 1000, now = Date.now } = options;
  const reader: UsageReader = process.platform === "linux" ? createProcUsage() : createPsUsage();
  const cores = availableParallelism();
  const mounts = process.platform === "linux" ? readText("/proc/self/mountinfo") : undefined;
  const read = (path: string) => (path === "/proc/self/mountinfo" ? mounts : readText(path));
  const parts = new Map<string, Watched>();
  const samples: ResourceSample[] = [];
  let generator: GeneratorWatch | undefined;
  let atFirst: { readonly at: number; readonly cpu: ReadonlyMap<number, CpuTime>; readonly own: Own } | undefined;
  let atLast = atFirst;
  let machine: { readonly at: number; readonly cpu: ReadonlyMap<number, CpuTime> } | undefined;
  let lastScrape: readonly Sample[] | undefined;
  let lastScrapeAt = 0;
  let writing = Promise.resolve();
  let isWritable = true;

  const keep = (sample: ResourceSample) => {
    if (Object.keys(sample.values).length === 0) return;
    samples.push(sample);
    if (!isWritable) return;
    writing = writing
      .then(() => appendFile(file, `${JSON.stringify(sample)}\n`))
      .catch(() => {
        isWritable = false;
      });
  };

  const sampleParts = () => {
    const at = now();
    const values: Record<string, number> = {};
    // Time is counted in steps of 10 ms: in too short a time they would be all there is to see.
    const isLongSince = (before: number) => at - before >= intervalMs / 2;
    reader.look();
    const roots = new Set([...parts.values()].map((part) => part.pid));
    for (const [name, part] of parts) {
      const usage = reader.usageOf(part.pid, roots);
      if (usage === undefined) continue;
      const { last } = part;
      if (last !== undefined && isLongSince(last.at)) {
        values[`${name}.cpu`] = ((usage.cpuSeconds - last.usage.cpuSeconds) / (at - last.at)) * 1000;
      }
      values[`${name}.rss`] = usage.rssBytes;
      const files = name === "service" ? openFiles(part.pid) : undefined;
      if (files !== undefined) values["service.fds"] = files;
      if (SERVING.has(name) && (last === undefined || isLongSince(last.at))) {
        const thread = part.busiestThread(part.pid, at);
        if (thread !== undefined) values[`${name}.busiest_thread`] = thread;
        // Engines count for themselves; a quota that nobody declared is seen here alone.
        if (options.usage === undefined) Object.assign(values, quotaValues(name, part.pid, read));
      }
      part.usage = usage;
      part.seenAt = at;
      if (last === undefined || isLongSince(last.at)) part.last = { at, usage };
      if (name === "k6") generator?.sample(usage, at);
    }
    const cpu = parseCpuTimes(readText("/proc/stat") ?? "");
    if (machine === undefined || isLongSince(machine.at)) {
      Object.assign(values, machineValues(machine, { at, cpu }, values));
      machine = { at, cpu };
    }
    // Only the time in which k6 is there counts for what others took from it.
    if (generator !== undefined && parts.get("k6")?.seenAt === at) {
      atLast = { at, cpu, own: ownTimes(parts) };
      atFirst ??= atLast;
    }
    keep({ at, values });
  };

  const sampleService = async () => {
    const text = await scrape?.().catch(() => undefined);
    if (text === undefined) return;
    const at = now();
    const current = parsePrometheus(text);
    const {
      reported_rss: rss,
      reported_cpu_seconds: cpu,
      reported_fds: fds,
      ...gauges
    } = serviceGauges(lastScrape, current);
    const values: Record<string, number> = {};
    for (const [name, value] of Object.entries(gauges)) values[`service.${name}`] = value;
    // A service that runs elsewhere has no process here: what it says of itself is what there is.
    if (!parts.has("service") && rss !== undefined) values["service.rss"] = rss;
    if (!parts.has("service") && cpu !== undefined) values["service.cpu"] = (cpu / (at - lastScrapeAt)) * 1000;
    if (!parts.has("service") && fds !== undefined) values["service.fds"] = fds;
    lastScrape = current;
    lastScrapeAt = at;
    keep({ at, values });
  };

  let lastUsage: { readonly at: number; readonly usage: EngineUsage } | undefined;
  const sampleUsage = async () => {
    const usage = await options.usage?.().catch(() => undefined);
    if (usage === undefined) return;
    const current = { at: now(), usage };
    const values = engineValues(lastUsage, current, options.cpuLimits ?? {});
    for (const part of parts.keys()) delete values[`${part}.cpu`];
    lastUsage = current;
    keep({ at: current.at, values });
  };

  for (const { name, pid } of options.parts) parts.set(name, { pid, busiestThread: watchBusiestThread() });
  if (parts.has("k6")) generator = watchGenerator(parts.get("k6")?.pid ?? 0, cores);
  sampleParts();
  let scraping: Promise<void> | undefined;
  let counting: Promise<void> | undefined;
  const scrapeOnce = () => {
    scraping ??= sampleService().finally(() => {
      scraping = undefined;
    });
    // For itself: the engine may take its second, and the service's figures do not wait for it.
    counting ??= sampleUsage().finally(() => {
      counting = undefined;
    });
  };
  const partsTimer = setInterval(sampleParts, intervalMs).unref();
  const scrapeTimer = setInterval(scrapeOnce, scrapeIntervalMs).unref();
  scrapeOnce();

  let stopped: Promise<ResourceSamples> | undefined;
  const stop = async (): Promise<ResourceSamples> => {
    clearInterval(partsTimer);
    clearInterval(scrapeTimer);
    sampleParts();
    await scraping;
    await counting;
    await writing;
    const share = generator === undefined ? undefined : shareOf(generator.cpus(), atFirst, atLast);
    return { samples: samples.toSorted((a, b) => a.at - b.at), generator: generator?.facts(share) };
  };
  const stopOnce = () => {
    stopped ??= stop();
    return stopped;
  };

  return {
    add({ name, pid }) {
      parts.set(name, { pid, busiestThread: watchBusiestThread() });
      if (name === "k6") generator = watchGenerator(pid, cores);
      sampleParts();
    },
    stop: stopOnce,
    async [Symbol.asyncDispose]() {
      await stopOnce();
    },
  };
}

interface Watched {
  readonly pid: number;
  readonly busiestThread: ReturnType<typeof watchBusiestThread>;
  /** Newest. */
  usage?: Usage;
  seenAt?: number;
  /** From which the next figure counts. */
  last?: { readonly at: number; readonly usage: Usage };
}

/** Parts of the system under test: what limits them is looked for. */
const SERVING: ReadonlySet<string> = new Set(["service", "postgres", "redis"]);

/** The control group that the process is in by now, whoever put it there. Periods are counters. */
function quotaValues(part: string, pid: number, read: ReadText): Record<string, number> {
  const quota = cpuQuota(pid, read);
  if (quota.cores === undefined) return {};
  return {
    [`${part}.cpu_limit`]: quota.cores,
    [`${part}.periods`]: quota.periods,
    [`${part}.throttled_periods`]: quota.throttled,
  };
}

/** Root process id → its time so far. */
type Own = ReadonlyMap<number, Usage>;

function ownTimes(parts: ReadonlyMap<string, Watched>): Own {
  return new Map([...parts.values()].flatMap(({ pid, usage }) => (usage === undefined ? [] : [[pid, usage]])));
}

interface Moment {
  readonly at: number;
  readonly cpu: ReadonlyMap<number, CpuTime>;
  readonly own: Own;
}

function shareOf(cores: readonly number[], first: Moment | undefined, last: Moment | undefined): number | undefined {
  if (first === undefined || last === undefined) return undefined;
  const parts = [...last.own].map(([pid, usage]) => ({
    cpuSeconds: usage.cpuSeconds - (first.own.get(pid)?.cpuSeconds ?? 0),
    cpus: usage.cpus,
  }));
  return foreignShare(cores, first.cpu, last.cpu, parts, (last.at - first.at) / 1000);
}

/** Cores in use by all, by others than the parts of this run, and by other virtual machines. */
function machineValues(
  before: { readonly at: number; readonly cpu: ReadonlyMap<number, CpuTime> } | undefined,
  now: { readonly at: number; readonly cpu: ReadonlyMap<number, CpuTime> },
  parts: Readonly<Record<string, number>>,
): Record<string, number> {
  if (before === undefined || now.at <= before.at || now.cpu.size === 0) return {};
  const seconds = (now.at - before.at) / 1000;
  const gain = (field: keyof CpuTime) =>
    [...now.cpu].reduce((sum, [core, time]) => sum + time[field] - (before.cpu.get(core)?.[field] ?? time[field]), 0);
  const cpu = gain("busy") / seconds;
  const own = Object.entries(parts).reduce((sum, [key, value]) => (key.endsWith(".cpu") ? sum + value : sum), 0);
  return {
    "machine.cpu": cpu,
    "machine.foreign_cpu": Math.max(0, cpu - own),
    "machine.stolen_cpu": gain("stolen") / seconds,
  };
}
