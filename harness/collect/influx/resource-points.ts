import type { ResourceSample } from "../resource-sampler.ts";
import { MEASUREMENTS } from "./measurements.ts";
import type { Point } from "./point.ts";

export interface ResourceContext {
  readonly run: string;
  readonly target: string;
  readonly scenario: string;
  /** Epoch milliseconds of the start of load; without it the samples have no relative time. */
  readonly start?: number;
}

/** One point for each part in a sample ("service.cpu" is the field `cpu` of the part "service"); what has no field is left out. */
export function resourcePoints(context: ResourceContext, { at, values }: ResourceSample): Point[] {
  const { run, target, scenario, start } = context;
  const parts = new Map<string, Record<string, number>>();
  for (const [key, value] of Object.entries(values)) {
    const dot = key.indexOf(".");
    const [part, field] = [key.slice(0, dot), key.slice(dot + 1)];
    if (!Object.hasOwn(MEASUREMENTS.resources.fields, field) || field === "rel_ms" || !Number.isFinite(value)) continue;
    const fields = parts.get(part) ?? {};
    fields[field] = value;
    parts.set(part, fields);
  }
  const time = Math.round(at);
  const relative = start === undefined ? {} : { rel_ms: time - Math.round(start) };
  return [...parts].map(([part, fields]) => ({
    measurement: "resources",
    tags: { run, target, scenario, part },
    fields: { ...fields, ...relative },
    time,
  }));
}
