import { subtractHistogram } from "../histogram.ts";
import type { Point as OtlpPoint } from "../otlp.ts";
import type { HistogramRecord } from "../record.ts";

/** One value of a series, as it was read. */
export interface Reading<Value = number | HistogramRecord> {
  /** Epoch milliseconds at which it was read, and of the export that brought it. */
  readonly time: number;
  readonly at: number;
  /** Epoch milliseconds since when it counts. */
  readonly start: number;
  readonly value: Value;
}

/** What is held of a series of k6: the readings of the kept time, and the last one before. */
export interface SeriesHistory {
  readonly kind: OtlpPoint["kind"];
  readonly isCumulative: boolean;
  base: Reading | undefined;
  /** In order of time, none twice, none that says nothing new. */
  readonly readings: Reading[];
}

/** Index at which it now stands; undefined when it was held already, says nothing new, or is older than what is kept. */
export function insertReading(series: SeriesHistory, reading: Reading): number | undefined {
  const { readings, base } = series;
  let index = readings.length;
  while (index > 0 && (readings[index - 1]?.time ?? 0) > reading.time) index -= 1;
  const before = readings[index - 1] ?? base;
  if (before !== undefined) {
    if (before.time >= reading.time) return undefined;
    if (series.isCumulative && before.start === reading.start && sizeOf(before.value) === sizeOf(reading.value)) {
      return undefined;
    }
  }
  if (index === readings.length) readings.push(reading);
  else readings.splice(index, 0, reading);
  return index;
}

/** What the counter gained with the reading at `index`. */
export function numberGain(series: SeriesHistory, index: number, value: number): number {
  const before = continued(series, index);
  return before === undefined || typeof before.value !== "number" || before.value > value
    ? value
    : value - before.value;
}

/** What the trend gained with the reading at `index`. */
export function valuesGain(series: SeriesHistory, index: number, value: HistogramRecord): HistogramRecord {
  const before = continued(series, index);
  return before === undefined || typeof before.value === "number" || before.value.count > value.count
    ? value
    : subtractHistogram(value, before.value);
}

/** The reading that a cumulative one continues: none where the sender began anew. */
function continued({ isCumulative, base, readings }: SeriesHistory, index: number): Reading | undefined {
  const before = readings[index - 1] ?? base;
  return isCumulative && before?.start === readings[index]?.start ? before : undefined;
}

function sizeOf(value: number | HistogramRecord): number {
  return typeof value === "number" ? value : value.count;
}
