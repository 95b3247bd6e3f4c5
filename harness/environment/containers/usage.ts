import { z } from "zod";
import type { PartUsage } from "../environment.ts";

/** What is needed of the engine's client. */
export interface StatsSource {
  getContainer(id: string): { stats(options: { stream: false; "one-shot": boolean }): Promise<unknown> };
}

/** What a container used since its start, as the engine counts it; undefined when it is not running. */
export async function readUsage(docker: StatsSource, containerId: string): Promise<PartUsage | undefined> {
  return (await readCounters(docker, containerId))?.usage;
}

export interface Counters {
  /** Epoch milliseconds, by the engine's clock. */
  readonly at: number;
  readonly usage: PartUsage;
}

/** One look, without the second one for percentages. An engine that is asked again and again answers once a second. */
export async function readCounters(docker: StatsSource, containerId: string): Promise<Counters | undefined> {
  const answer = await docker
    .getContainer(containerId)
    .stats({ stream: false, "one-shot": true })
    .catch(() => undefined);
  const usage = usageIn(answer);
  return usage === undefined ? undefined : { at: Date.parse(String(Object(answer).read)), usage };
}

const count = z.number().min(0);
const optional = count.nullish().transform((value) => value ?? 0);
const NANOSECONDS = 1e9;

/** As far as it is read; https://docs.docker.com/reference/api/engine/ "ContainerStats". Podman answers alike. */
const stats = z.object({
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: count }),
    throttling_data: z.object({ periods: optional, throttled_periods: optional, throttled_time: optional }).nullish(),
  }),
  memory_stats: z.object({
    usage: count,
    /** cgroup v1 alone */
    max_usage: count.nullish(),
    limit: count.nullish(),
    stats: z.record(z.string(), z.number()).nullish(),
  }),
  blkio_stats: z
    .object({ io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: count })).nullish() })
    .nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: count, tx_bytes: count })).nullish(),
});

/**
 * An answer of the engine, for cgroup v1 and v2. Undefined when it is none of a running container: a stopped one has
 * the same fields without figures.
 */
export function usageIn(answer: unknown): PartUsage | undefined {
  const parsed = stats.safeParse(answer);
  if (!parsed.success) return undefined;
  const { cpu_stats: cpu, memory_stats: memory, blkio_stats: io, networks } = parsed.data;
  const throttling = cpu.throttling_data;
  const transfers = io?.io_service_bytes_recursive ?? [];
  const transferred = (operation: string) =>
    transfers
      // "Read" in version 1, "read" in version 2
      .filter(({ op }) => op.toLowerCase() === operation)
      .reduce((sum, { value }) => sum + value, 0);
  const links = networks === undefined || networks === null ? undefined : Object.values(networks);
  return {
    cpuSeconds: cpu.cpu_usage.total_usage / NANOSECONDS,
    periods: throttling?.periods ?? 0,
    throttledPeriods: throttling?.throttled_periods ?? 0,
    throttledSeconds: (throttling?.throttled_time ?? 0) / NANOSECONDS,
    memoryBytes: withoutCache(memory.usage, memory.stats ?? {}),
    ...(typeof memory.max_usage === "number" ? { memoryPeakBytes: memory.max_usage } : {}),
    ...(typeof memory.limit === "number" ? { memoryLimitBytes: memory.limit } : {}),
    ...(transfers.length === 0 ? {} : { readBytes: transferred("read"), writtenBytes: transferred("write") }),
    ...(links === undefined || links.length === 0
      ? {}
      : {
          receivedBytes: links.reduce((sum, link) => sum + link.rx_bytes, 0),
          sentBytes: links.reduce((sum, link) => sum + link.tx_bytes, 0),
        }),
  };
}

/** Files that were not used of late are given back when memory is wanted: `docker stats` takes them off as well. */
function withoutCache(usage: number, fields: Readonly<Record<string, number>>): number {
  // Version 1 counts the group alone and, as total_…, with those below it.
  const cache = fields["total_inactive_file"] ?? fields["inactive_file"] ?? 0;
  return cache < usage ? usage - cache : usage;
}
