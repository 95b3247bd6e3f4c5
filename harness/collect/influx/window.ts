import { mergeHistograms, quantileBounds } from "../histogram.ts";
import type { HistogramRecord } from "../record.ts";
import { BUCKET_EDGES_MS, bucketField, type MeasurementName } from "./measurements.ts";
import type { Point } from "./point.ts";
import type { Distribution, Tags } from "./routes.ts";

/** One series of the database in one second of load. */
export interface Window {
  readonly series: WindowSeries;
  readonly second: number;
  counts: Record<string, number>;
  values: Map<Distribution, HistogramRecord[]>;
  newest: { readonly time: number; readonly value: number } | undefined;
  /** Fields that were there before the window was made anew: what is not there any more is written as 0. */
  once: ReadonlySet<string> | undefined;
}

export interface WindowSeries {
  readonly measurement: MeasurementName;
  /** With those of the scenario, as they are written. */
  readonly tags: Tags;
}

export type Fields = Record<string, number | string | undefined>;

export function openWindow(series: WindowSeries, second: number): Window {
  return { series, second, counts: {}, values: new Map(), newest: undefined, once: undefined };
}

export function addCount(window: Window, field: string, value: number): void {
  window.counts[field] = (window.counts[field] ?? 0) + value;
}

export function addValues(window: Window, of: Distribution, value: HistogramRecord): void {
  const held = window.values.get(of);
  if (held === undefined) window.values.set(of, [value]);
  else held.push(value);
}

/** The newest by time; of several at once (a gauge with tags) the largest. */
export function setNewest(window: Window, time: number, value: number): void {
  const { newest } = window;
  if (newest !== undefined && (newest.time > time || (newest.time === time && newest.value >= value))) return;
  window.newest = { time, value };
}

/** Forgets what was added, but not which fields may be in the database. */
export function emptyWindow(window: Window): void {
  window.once = new Set([...(window.once ?? []), ...Object.keys(fieldsOf(window))]);
  window.counts = {};
  window.values = new Map();
  window.newest = undefined;
}

/** The window as a point, `zero` being the time of second 0 in epoch milliseconds. */
export function pointOf(window: Window, zero: number): Point {
  const { series, second } = window;
  const relative = second * 1000;
  const fields = { ...fieldsOf(window), rel_ms: relative };
  return { measurement: series.measurement, tags: series.tags, fields, time: zero + relative };
}

function fieldsOf(window: Window): Fields {
  const fields: Fields = {};
  for (const field of window.once ?? []) fields[field] = 0;
  if (window.series.measurement === "requests") Object.assign(fields, { count: 0, errors: 0 });
  if (window.series.measurement === "checks" || window.series.measurement === "rates") {
    Object.assign(fields, { passes: 0, fails: 0 });
  }
  Object.assign(fields, window.counts);
  for (const [of, held] of window.values) {
    const merged = mergeHistograms(held);
    window.values.set(of, [merged]);
    if (merged.count === 0) continue;
    if (of !== "count" && of !== "duration_count") addTiming(fields, of, merged);
    else addDistribution(fields, of, merged);
    if (HAS_BUCKETS.has(window.series.measurement)) addBuckets(fields, merged);
  }
  if (window.newest !== undefined) fields["value"] = window.newest.value;
  return fields;
}

function addDistribution(fields: Fields, count: string, values: HistogramRecord): void {
  fields[count] = values.count;
  fields["sum"] = values.sum;
  fields["min"] = values.min;
  fields["max"] = values.max;
  fields["p50"] = quantileBounds(values, 0.5)?.upper;
  fields["p90"] = quantileBounds(values, 0.9)?.upper;
  fields["p95"] = quantileBounds(values, 0.95)?.upper;
  fields["p99"] = quantileBounds(values, 0.99)?.upper;
}

const HAS_BUCKETS: ReadonlySet<MeasurementName> = new Set(["requests", "latency"]);
const LOWEST = Math.log2(BUCKET_EDGES_MS[0] ?? 1);
const HIGHEST = Math.log2(BUCKET_EDGES_MS.at(-1) ?? 1);
const BUCKETS = [...BUCKET_EDGES_MS, undefined].map(bucketField);

/** The buckets of a heat map are powers of two, so that whole buckets of a histogram of any scale ≥ 0 fall into them. */
function addBuckets(fields: Fields, { scale, offset, counts, zeroCount }: HistogramRecord): void {
  const add = (power: number, count: number) => {
    const field = BUCKETS[Math.min(Math.max(power, LOWEST), HIGHEST + 1) - LOWEST] ?? "le_inf";
    fields[field] = Number(fields[field] ?? 0) + count;
  };
  if (zeroCount > 0) add(LOWEST, zeroCount);
  for (const [index, count] of counts.entries()) {
    if (count > 0) add(Math.ceil((offset + index + 1) * 2 ** -scale), count);
  }
}

function addTiming(fields: Fields, name: string, values: HistogramRecord): void {
  fields[`${name}_count`] = values.count;
  fields[`${name}_sum`] = values.sum;
  fields[`${name}_p50`] = quantileBounds(values, 0.5)?.upper;
  fields[`${name}_p95`] = quantileBounds(values, 0.95)?.upper;
  fields[`${name}_max`] = values.max;
}
