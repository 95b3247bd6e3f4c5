import { z } from "zod";
import { hardwareSchema } from "./hardware-schema.ts";
import { METRICS, type MetricName, type Statistic, type Unit } from "./metrics.ts";
import type { Budget } from "./plan.ts";

export const metricSchema = z.enum(Object.keys(METRICS) as [MetricName, ...MetricName[]]);

export const statisticSchema: z.ZodType<Statistic> = z.enum([
  "p50",
  "p75",
  "p90",
  "p95",
  "p99",
  "mean",
  "min",
  "max",
  "value",
  "ratio",
  "exponent",
  "slope",
]);

const unit: z.ZodType<Unit> = z.enum(["ns", "ms", "ratio", "1/s", "bytes", "count", "ms/h", "bytes/h", "count/h"]);

/** A limit of the specification, in plan.json as in verdict.json and report.json. */
export const budgetSchema: z.ZodType<Budget> = z
  .strictObject({
    metric: metricSchema,
    statistic: statisticSchema,
    direction: z.enum(["<", ">"]),
    inclusive: z.boolean().exactOptional().describe("the limit itself still holds"),
    target: z.number().describe("over it the run warns; in `unit`"),
    max: z.number().describe("over it the run fails; in `unit`"),
    unit,
    source: z.string().describe("id of the requirement"),
    text: z.string().describe("as the user wrote it"),
    bench: z.string().exactOptional().describe("the bench of a micro-benchmark that it is about"),
    against: z.string().exactOptional().describe("the bench that a ratio divides by"),
    minimumSamples: z.number().min(0).exactOptional(),
    boundTo: hardwareSchema.exactOptional().describe("the hardware that the limit was declared for"),
  })
  .meta({ title: "A limit of the specification" });
