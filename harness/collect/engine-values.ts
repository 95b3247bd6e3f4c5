import type { PartUsage } from "../environment/environment.ts";

/** Part → what it used since its start. */
export type EngineUsage = Readonly<Partial<Record<string, PartUsage>>>;

interface Moment {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly usage: EngineUsage;
}

/**
 * One look of the container engine as values of resources.jsonl. Counters of periods stay counters, so that shares over
 * any stretch of time can be had from them; bytes are per second since the look before.
 */
export function engineValues(
  before: Moment | undefined,
  { at, usage }: Moment,
  cpuLimits: Readonly<Record<string, number>>,
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [part, now] of Object.entries(usage)) {
    if (now === undefined) continue;
    const set = (field: string, value: number | undefined) => {
      if (value !== undefined && Number.isFinite(value)) values[`${part}.${field}`] = value;
    };
    set("memory", now.memoryBytes);
    set("memory_peak", now.memoryPeakBytes);
    set("memory_limit", now.memoryLimitBytes);
    set("cpu_limit", cpuLimits[part]);
    if (now.periods > 0) {
      set("periods", now.periods);
      set("throttled_periods", now.throttledPeriods);
      set("throttled_seconds", now.throttledSeconds);
    }
    const last = sameStart(before?.usage[part], now);
    const seconds = (at - (before?.at ?? at)) / 1000;
    if (last === undefined || seconds <= 0) continue;
    // No period has passed where the part did nothing at all: then nothing was throttled.
    if (now.periods > 0) set("throttled_share", share(last, now));
    set("cpu", (now.cpuSeconds - last.cpuSeconds) / seconds);
    const perSecond = (field: string, count: number | undefined, before = 0) =>
      set(field, count === undefined ? undefined : (count - before) / seconds);
    perSecond("read_bytes", now.readBytes, last.readBytes);
    perSecond("written_bytes", now.writtenBytes, last.writtenBytes);
    perSecond("received_bytes", now.receivedBytes, last.receivedBytes);
    perSecond("sent_bytes", now.sentBytes, last.sentBytes);
  }
  return values;
}

/** Counters that have gone back are those of a container that was started anew. */
function sameStart(before: PartUsage | undefined, now: PartUsage): PartUsage | undefined {
  return before !== undefined && now.cpuSeconds >= before.cpuSeconds && now.periods >= before.periods
    ? before
    : undefined;
}

function share(before: PartUsage, now: PartUsage): number {
  const periods = now.periods - before.periods;
  return periods === 0 ? 0 : (now.throttledPeriods - before.throttledPeriods) / periods;
}
