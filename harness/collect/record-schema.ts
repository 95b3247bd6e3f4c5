import { z } from "zod";
import { environmentSchema, fingerprintSchema } from "../environment/facts-schema.ts";
import { workloadSchema } from "../load/workload-schema.ts";
import { metricSchema, statisticSchema } from "../plan/budget-schema.ts";
import { outOfMemorySchema } from "./out-of-memory-schema.ts";
import type { CommitRecord, RunRecord } from "./record.ts";

/**
 * The shape of record.json, strict: a field of another name is an edited file. docs/schema/record.schema.json is made
 * from it (`npm run docs`), and a test holds the two together.
 */
const count = z.number().min(0);
const phase = z.enum(["warmup", "measured", "setup"]);
const counts = z.record(z.string(), count);

const latency = z.strictObject({
  count,
  mean: z.number(),
  min: z.number(),
  max: z.number(),
  p50: z.number(),
  p75: z.number().exactOptional().describe("absent in records of earlier versions"),
  p90: z.number(),
  p95: z.number(),
  p99: z.number(),
});

const histogram = z
  .strictObject({
    scale: z.int(),
    offset: z.int(),
    counts: z.array(count),
    zeroCount: count,
    count,
    sum: z.number(),
    min: z.number(),
    max: z.number(),
  })
  .meta({
    description: "OpenTelemetry exponential histogram: bucket i holds (b^(offset+i), b^(offset+i+1)], b = 2^(2^-scale)",
  });

const exit = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("completed") }),
  z.strictObject({ kind: z.literal("aborted"), how: z.string() }),
  z.strictObject({ kind: z.literal("script-error"), message: z.string() }),
  z.strictObject({
    kind: z.literal("failed"),
    code: z.number().optional(),
    signal: z.string().optional(),
    lastLines: z.array(z.string()),
  }),
]);

const outcome = z
  .strictObject({
    startedAt: z.number(),
    endedAt: z.number(),
    exit,
    keptFrom: z.array(z.strictObject({ where: z.string(), times: count })).exactOptional(),
    summaryFile: z.string().optional(),
    k6Version: z.string(),
    bundleHash: z.string(),
  })
  // JSON knows no `undefined`: what is missing in the file is there as `undefined` in the type.
  .transform(({ exit, summaryFile, ...rest }) => ({
    ...rest,
    exit: exit.kind === "failed" ? { ...exit, code: exit.code, signal: exit.signal } : exit,
    summaryFile,
  }));

const endpoint = z.strictObject({
  endpoint: z.string(),
  phase,
  class: z.string().exactOptional(),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]).exactOptional(),
  path: z.string().exactOptional(),
  requests: count,
  failed: count,
  dropped: count,
  byStatus: counts,
  byError: counts,
  latency: latency.exactOptional(),
  source: z.enum(["exact", "histogram"]),
  histogram: histogram.exactOptional(),
});

export const instrumentSchema = z.strictObject({
  canary: z
    .strictObject({
      count,
      failed: count,
      dropped: count,
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
      max: z.number(),
    })
    .exactOptional(),
  startLag: z.strictObject({ count, p50: z.number(), p99: z.number(), max: z.number() }).exactOptional(),
  generator: z.strictObject({
    cpuSeconds: count,
    wallSeconds: count,
    allowedCores: count,
    periods: count.exactOptional(),
    throttledPeriods: count.exactOptional(),
    waitSeconds: count.exactOptional(),
    foreignShare: count.exactOptional(),
    peakRssBytes: count,
  }),
  overflowSeries: count,
  serviceMode: z.array(z.string()),
});

const streamBooks = z
  .strictObject({
    database: z.string().exactOptional(),
    bucket: z.string(),
    lines: z.array(
      z.strictObject({
        metric: z.string(),
        sent: count,
        written: count.exactOptional(),
        rejected: count,
        pending: count,
      }),
    ),
    rejectedLines: count,
    reasons: z.array(z.string()),
    overflow: z
      .strictObject({
        series: count,
        tags: z.array(z.strictObject({ tag: z.string(), values: count, examples: z.array(z.string()) })),
      })
      .exactOptional(),
    trouble: z.string().exactOptional(),
  })
  .meta({ description: "samples on their way to the database: sent = written + rejected + pending" });

const scenario = z.strictObject({
  name: z.string(),
  title: z.string(),
  target: z.string(),
  environment: environmentSchema,
  outcome,
  workload: workloadSchema,
  warmupSeconds: count,
  measuredSeconds: count,
  endpoints: z.array(endpoint),
  latency: z.strictObject({ latency, histogram: histogram.exactOptional() }).exactOptional(),
  iterations: z.array(
    z.strictObject({
      stream: z.string(),
      model: z.string(),
      planned: count.exactOptional(),
      completed: count,
      dropped: count,
      interrupted: count,
      vus: count,
      vusNeeded: count.exactOptional(),
    }),
  ),
  checks: z.array(
    z.strictObject({ name: z.string(), endpoint: z.string().exactOptional(), passes: count, fails: count }),
  ),
  instrument: instrumentSchema,
  books: z.strictObject({
    lines: z.array(z.strictObject({ metric: z.string(), k6: count, log: count })),
    service: z
      .array(z.strictObject({ endpoint: z.string(), status: z.string(), k6: count, service: count }))
      .exactOptional(),
    damaged: count,
    refused: count,
    stream: streamBooks.exactOptional(),
  }),
  measures: z.array(
    z.strictObject({
      metric: metricSchema,
      statistic: statisticSchema,
      value: z.number(),
      count,
      endpoint: z.string().exactOptional(),
      range: z.strictObject({ lower: z.number(), upper: z.number() }).exactOptional(),
      evidence: z.string().exactOptional(),
    }),
  ),
  series: z.array(
    z.strictObject({
      endpoint: z.string(),
      phase,
      second: z.int().min(0),
      requests: count,
      failed: count,
      p50: z.number().exactOptional(),
      p95: z.number().exactOptional(),
      p99: z.number().exactOptional(),
      max: z.number().exactOptional(),
    }),
  ),
  progress: z.array(
    z.strictObject({ second: z.int().min(0), requests: count, failed: count, dropped: count, vus: count }),
  ),
  resources: z.array(
    z.strictObject({
      part: z.string(),
      metric: z.string(),
      points: z.array(z.tuple([z.number(), z.number()])),
    }),
  ),
});

const bench = z.strictObject({
  name: z.string(),
  size: z.int().positive().exactOptional(),
  items: z.number().positive(),
  callsPerSample: z.int().positive(),
  samples: count,
  calls: count,
  time: z
    .strictObject({
      mean: z.number(),
      min: z.number(),
      p50: z.number(),
      p90: z.number(),
      p95: z.number(),
      p99: z.number(),
      max: z.number(),
    })
    .meta({ description: "nanoseconds; of samples, each the mean of callsPerSample calls" }),
  rounds: z.array(z.number()),
  bytes: z.strictObject({ median: z.number(), lower: z.number(), upper: z.number(), counts: count }).exactOptional(),
  gc: z.strictObject({ count, ns: count }),
  samplesFile: z.string(),
});

export const microProcessSchema = z.strictObject({
  size: z.int().positive().exactOptional(),
  exit: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("completed") }),
    z.strictObject({ kind: z.literal("failed"), how: z.string(), lastLines: z.array(z.string()) }),
  ]),
  wallSeconds: count,
  cpuSeconds: count,
  waitSeconds: count.exactOptional(),
  foreignShare: count.exactOptional(),
  idleRssBytes: count,
  peakRssBytes: count,
  clockNs: count,
});

const micro = z.strictObject({
  name: z.string(),
  title: z.string(),
  target: z.string(),
  workload: workloadSchema,
  nodeFlags: z.array(z.string()),
  startedAt: z.number(),
  endedAt: z.number(),
  processes: z.array(microProcessSchema),
  benches: z.array(bench),
  profiles: z.array(z.string()),
});

/** Also that of each side of a comparison of two versions. */
export const commitSchema: z.ZodType<CommitRecord> = z.strictObject({
  sha: z.string(),
  time: z.iso.datetime().exactOptional(),
  dirty: z.boolean(),
  branch: z.string().exactOptional(),
});

const run = z.strictObject({
  schema: z.literal("proofload/record/1"),
  runId: z.string(),
  suite: z.string(),
  createdAt: z.string(),
  proofloadVersion: z.string(),
  commit: commitSchema.exactOptional(),
  sharedHost: z.boolean(),
  fingerprint: fingerprintSchema,
  scenarios: z.array(scenario),
  outOfMemory: outOfMemorySchema.exactOptional(),
  micro: z.array(micro).exactOptional(),
});

/** Does not compile when the schema gives anything that is no RunRecord. */
export const recordSchema: z.ZodType<RunRecord> = run;

/** The published JSON Schema of record.json. */
export function recordJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(run, { io: "input", reused: "ref" });
  return { $schema, $id: "urn:proofload:record:1", title: "proofload run record", ...rest };
}
