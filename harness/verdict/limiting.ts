import type { ScenarioRecord } from "../collect/record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import { LIMITS } from "./limits.ts";

/** What can run out: of the system under test, and of the machine under it. */
export type ResourceName =
  | "service CPU quota"
  | "postgres CPU quota"
  | "redis CPU quota"
  | "service thread"
  | "redis thread"
  | "connection pool"
  | "service memory"
  | "machine CPU";

/** How much of a resource was in use over a stretch of time, and of how much. */
export interface ResourceUse {
  readonly resource: ResourceName;
  /** Used ÷ available, on average; 1 is all of it. */
  readonly share: number;
  /** True where something had to wait for it, or where there was nothing left of it. */
  readonly exhausted: boolean;
  /** A sentence with the figures. */
  readonly evidence: string;
}

/** Seconds since the start of load, [from, to). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** From here on a resource that works without pause is called used up. */
const FULL = 0.9;
/**
 * Of the machine, whose figure leaves interrupts out: with a core's worth of loopback traffic they took 10 to 15 % of
 * two cores here, and nothing got faster beyond.
 */
const MACHINE_FULL = 0.8;
/** Of the looks at the pool, with nothing free and somebody waiting. */
const WAITED = 0.5;

/** What each resource that is known here was used for; absent is what was not sampled, never 0. */
export function resourceUse(record: ScenarioRecord, machine: MachineFacts, { from, to }: Stretch): ResourceUse[] {
  const points = (part: string, metric: string) =>
    record.resources
      .filter((series) => series.part === part && series.metric === metric)
      .flatMap((series) => series.points)
      .flatMap(([second, value]) => (second >= from && second < to ? [value] : []));
  return [
    ...(["service", "postgres", "redis"] as const).flatMap((part) => quotaUse(part, points)),
    ...(["service", "redis"] as const).flatMap((part) => threadUse(part, points)),
    ...poolUse(points),
    ...memoryUse(points),
    ...machineUse(points, machine),
  ];
}

type Points = (part: string, metric: string) => readonly number[];

function quotaUse(part: "service" | "postgres" | "redis", points: Points): ResourceUse[] {
  const limit = points(part, "cpu_limit").at(-1);
  const used = mean(points(part, "cpu"));
  const periods = gain(points(part, "periods"));
  if (limit === undefined || used === undefined || periods <= 0) return [];
  const throttled = gain(points(part, "throttled_periods")) / periods;
  const share = used / limit;
  return [
    {
      resource: `${part} CPU quota`,
      share,
      exhausted: throttled > LIMITS.throttledNamed || share > FULL,
      evidence: `the ${part} used ${cores(used)} of its ${cores(limit)} CPUs, and was throttled in ${percent(throttled)} of its periods`,
    },
  ];
}

function threadUse(part: "service" | "redis", points: Points): ResourceUse[] {
  const share = mean(points(part, "busiest_thread"));
  if (share === undefined) return [];
  return [
    {
      resource: `${part} thread`,
      share,
      exhausted: share > FULL,
      evidence: `one thread of the ${part} worked for ${percent(share)} of the time`,
    },
  ];
}

function poolUse(points: Points): ResourceUse[] {
  const size = points("service", "pool_size").at(-1);
  const used = points("service", "pool_in_use");
  const waiting = points("service", "pool_waiting");
  const inUse = mean(used);
  const queue = mean(waiting);
  if (size === undefined || size <= 0 || inUse === undefined || queue === undefined) return [];
  const waited = waiting.filter((count) => count > 0).length / waiting.length;
  return [
    {
      resource: "connection pool",
      share: inUse / size,
      exhausted: waited > WAITED && inUse / size > WAITED,
      evidence: `${figure(inUse)} of ${size} connections were in use, and ${figure(queue)} requests waited for one`,
    },
  ];
}

function memoryUse(points: Points): ResourceUse[] {
  const limit = points("service", "memory_limit").at(-1);
  const used = points("service", "memory");
  if (limit === undefined || used.length === 0) return [];
  const share = Math.max(...used) / limit;
  return [
    {
      resource: "service memory",
      share,
      exhausted: share > 0.95,
      evidence: `the service's memory reached ${percent(share)} of its limit`,
    },
  ];
}

function machineUse(points: Points, { cpus }: MachineFacts): ResourceUse[] {
  const used = mean(points("machine", "cpu"));
  if (used === undefined) return [];
  const parts = ["service", "postgres", "redis", "k6"] as const;
  const shown = parts.flatMap((part) => {
    const own = mean(points(part, "cpu"));
    return own === undefined ? [] : [`${part} ${cores(own)}`];
  });
  return [
    {
      resource: "machine CPU",
      share: used / cpus,
      exhausted: used / cpus > MACHINE_FULL,
      evidence: `all programs together used ${cores(used)} of ${cpus} CPUs, interrupts not counted (${shown.join(", ")})`,
    },
  ];
}

/**
 * The resource that limits, from its use at the highest rate that held and at the rate that failed; undefined where
 * nothing was used up.
 *
 * Where a system fails, everything behind the bottleneck fills up as well: with its CPU at an end, a service holds
 * every connection for longer, and requests wait for those too. So of what was used up at the failing rate, that one is
 * named which was closest to its end while the system still kept up; and never the pool where a quota was nearly used
 * up, since that alone explains why connections are held for so long.
 */
export function limitingResource<Use extends Pick<ResourceUse, "share" | "exhausted"> & { readonly resource: string }>(
  failed: readonly Use[],
  held: readonly Use[],
): Use | undefined {
  const before = (use: Use) => held.find(({ resource }) => resource === use.resource)?.share ?? use.share;
  const exhausted = failed.filter((use) => use.exhausted);
  const isQuotaFull = exhausted.some(({ resource, share }) => resource.endsWith("CPU quota") && share > FULL);
  const possible = exhausted.filter(({ resource }) => !(isQuotaFull && resource === "connection pool"));
  return possible.toSorted((a, b) => before(b) - before(a))[0];
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a counter. */
function gain(values: readonly number[]): number {
  return (values.at(-1) ?? 0) - (values[0] ?? 0);
}

function cores(value: number): string {
  return String(Number(value.toFixed(2)));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(2)));
}
