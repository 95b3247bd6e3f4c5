import type { MeasurementName, TagName } from "./measurements.ts";

/** One point: what one line of InfluxDB's line protocol says. */
export interface Point {
  readonly measurement: MeasurementName;
  /** Empty values are left out: InfluxDB has no empty tag. */
  readonly tags: Readonly<Partial<Record<TagName, string>>>;
  /** Kinds are looked up in MEASUREMENTS; what is undefined or not finite is left out. */
  readonly fields: Readonly<Record<string, number | string | undefined>>;
  /** Epoch milliseconds. */
  readonly time: number;
}
