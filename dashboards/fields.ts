import { type FieldSpec, MEASUREMENTS, type MeasurementName } from "../harness/collect/influx/measurements.ts";
import type { FieldOf } from "./influx-query.ts";

/** Grafana's unit of a field, as the schema has it. */
export function unitOf<M extends MeasurementName>(measurement: M, field: FieldOf<M>): string {
  const fields: Readonly<Record<string, FieldSpec>> = MEASUREMENTS[measurement].fields;
  return fields[field]?.unit ?? "short";
}
