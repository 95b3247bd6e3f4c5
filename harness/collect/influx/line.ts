import { Point as LinePoint } from "@influxdata/influxdb-client";
import { type FieldSpec, MEASUREMENTS } from "./measurements.ts";
import type { Point } from "./point.ts";

/**
 * One line of InfluxDB's line protocol, time in milliseconds. Fields that are undefined or not finite are left out, and so
 * are empty tags. Throws TypeError for a field that the schema does not know.
 */
export function toLine(point: Point): string {
  const { tags: allowed, fields } = MEASUREMENTS[point.measurement];
  const specs: Readonly<Record<string, FieldSpec>> = fields;
  const line = new LinePoint(point.measurement);
  for (const name of allowed) {
    const value = point.tags[name];
    if (value !== undefined && value !== "") line.tag(name, value);
  }
  for (const [name, value] of Object.entries(point.fields)) {
    const kind = Object.hasOwn(specs, name) ? specs[name]?.kind : undefined;
    if (kind === undefined) throw new TypeError(`${point.measurement} has no field ${name}`);
    if (value === undefined) continue;
    if (kind === "string") line.stringField(name, String(value));
    else if (typeof value !== "number" || !Number.isFinite(value)) continue;
    else if (kind === "float") line.floatField(name, value);
    else line.intField(name, String(BigInt(Math.round(value))));
  }
  return line.timestamp(point.time).toLineProtocol() ?? "";
}
