/** What ab.json has to look like, so that one that was edited or cut off is named and never judged. */
import { z } from "zod";
import { fingerprintSchema } from "../environment/facts-schema.ts";
import { metricSchema, statisticSchema } from "../plan/budget-schema.ts";
import type { AbRecord } from "./ab-record.ts";
import { commitSchema, instrumentSchema, microProcessSchema } from "./record-schema.ts";

const count = z.number().min(0);

function pair<Value extends z.ZodType>(value: Value) {
  return z.strictObject({ base: value, head: value });
}

const side = z.strictObject({
  given: z.string(),
  kind: z.enum(["ref", "image", "url"]),
  commit: commitSchema.exactOptional(),
  digest: z.string().exactOptional(),
});

const key = {
  subject: z.strictObject({ kind: z.enum(["class", "endpoint", "service", "bench"]), name: z.string() }),
  metric: metricSchema,
  statistic: statisticSchema,
};

const start = z.strictObject({
  index: count,
  startedAt: count,
  first: z.enum(["base", "head"]),
  warmup: z.strictObject({ requests: pair(count), seconds: count, steady: z.boolean() }).exactOptional(),
  measuredSeconds: count,
  instrument: instrumentSchema.exactOptional(),
  processes: pair(z.array(microProcessSchema)).exactOptional(),
  requests: pair(z.strictObject({ sent: count, failed: count, dropped: count })),
  figures: z.array(z.strictObject({ ...key, base: z.number(), head: z.number(), count: pair(count) })),
});

export const abRecordSchema: z.ZodType<AbRecord> = z.strictObject({
  schema: z.literal("proofload/ab/1"),
  runId: z.string(),
  createdAt: z.string(),
  proofloadVersion: z.string(),
  design: z.enum(["paired", "blocks"]),
  target: z.string(),
  scenario: z.string(),
  sides: pair(side),
  sharedHost: z.boolean(),
  fingerprint: fingerprintSchema,
  load: z
    .strictObject({ scale: count, rate: count.exactOptional(), busyShare: count, measureSeconds: count })
    .exactOptional(),
  seed: z.number(),
  gated: z.array(z.strictObject(key)),
  starts: z.array(start),
  differences: z.array(
    z.strictObject({ endpoint: z.string(), what: z.string(), sentence: z.string(), seen: count, of: count }),
  ),
});
