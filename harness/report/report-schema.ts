/**
 * What report.json and verdict.json look like, for programs that read them. docs/schema/*.schema.json is made from
 * this; a test holds both, and what is really written, together.
 */
import { z } from "zod";
import { outOfMemorySchema } from "../collect/out-of-memory-schema.ts";
import { environmentSchema, fingerprintSchema } from "../environment/facts-schema.ts";
import { workloadSchema } from "../load/workload-schema.ts";
import { budgetSchema, metricSchema } from "../plan/budget-schema.ts";

const count = z.number().int().min(0);
/** null: beyond every bound (JSON has no infinity), or no number at all. */
const bound = z.number().nullable();
const kind = z.enum(["PASS", "FAIL", "INCONCLUSIVE", "INVALID"]);
const counts = z.record(z.string(), count);

const measured = z.union([
  z.strictObject({ value: bound }),
  z
    .strictObject({ lower: bound, upper: bound })
    .describe("edges between which the figure lies; null: beyond every bound"),
]);

const reason = z.strictObject({
  kind: z.enum(["PASS", "FAIL", "INCONCLUSIVE", "INVALID", "WARNING"]),
  code: z.string().describe('"generator", "too few VUs", "nothing measured", "books do not close", "budget", …'),
  sentence: z.string(),
  remedy: z.string().optional(),
});

const judged = {
  kind,
  reasons: z.array(reason).describe("most important first"),
  validity: z.array(
    z.strictObject({
      name: z.string(),
      value: bound.optional().describe("absent: not measured"),
      limit: z.number(),
      unit: z.enum(["ms", "ratio", "count", "cores"]),
      ok: z.boolean(),
      meaning: z.string(),
    }),
  ),
  budgets: z.array(
    z.strictObject({
      subject: z.strictObject({ kind: z.enum(["endpoint", "scenario", "bench"]), name: z.string() }),
      budget: budgetSchema,
      kind: z.enum(["PASS", "WARN", "FAIL", "INCONCLUSIVE", "NOT_COMPARABLE"]),
      measured: measured.optional().describe("absent: nothing was measured"),
      count: z.number().min(0).describe("samples behind the figure"),
      margin: bound.optional().describe("room left to the max as a share of it; negative: over"),
      slowest: z.number().optional().describe("the slowest answer, ms, where drops reach into the percentile"),
      because: z.string().optional(),
    }),
  ),
};

const scenarioVerdict = z.strictObject({ scenario: z.string(), ...judged });
const microVerdict = z.strictObject({ subject: z.string(), ...judged });

export const verdictSchema = z
  .strictObject({
    schema: z.literal("proofload/verdict/1"),
    runId: z.string(),
    kind,
    exitCode: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
    sentence: z.string(),
    scenarios: z.array(scenarioVerdict),
    micro: z.array(microVerdict).optional().describe("micro-benchmarks"),
    requirements: z.array(
      z.strictObject({
        id: z.string(),
        target: z.string(),
        promise: z.string(),
        state: z.enum(["met", "warning", "missed", "inconclusive", "not measured"]),
        evidence: z.string(),
      }),
    ),
  })
  .meta({ id: "verdict", title: "What proofload concluded from a run (verdict.json)" });

const latency = z
  .strictObject({
    count,
    mean: bound,
    min: bound,
    max: bound,
    p50: bound,
    p90: bound,
    p95: bound,
    p99: bound,
  })
  .describe("milliseconds, successful requests only");

const endpoint = z.strictObject({
  endpoint: z.string(),
  phase: z.enum(["warmup", "measured", "setup"]),
  class: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  requests: count,
  failed: count,
  dropped: count.describe("iterations that the service could not take, as far as they belong to this endpoint"),
  byStatus: counts.describe('HTTP status → requests; "0" is "no answer"'),
  byError: counts,
  latency: latency.optional(),
  source: z.enum(["exact", "histogram"]),
});

const outcome = z.strictObject({
  startedAt: z.number().describe("milliseconds since the epoch"),
  endedAt: z.number(),
  exit: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("completed") }),
    z.strictObject({ kind: z.literal("aborted"), how: z.string() }),
    z.strictObject({ kind: z.literal("script-error"), message: z.string() }),
    z.strictObject({
      kind: z.literal("failed"),
      code: z.number().optional(),
      signal: z.string().optional(),
      lastLines: z.array(z.string()),
    }),
  ]),
  keptFrom: z.array(z.strictObject({ where: z.string(), times: z.number() })).exactOptional(),
  summaryFile: z.string().optional(),
  k6Version: z.string(),
  bundleHash: z.string(),
});

const instrument = z.strictObject({
  canary: z
    .strictObject({ count, failed: count, dropped: count, p50: bound, p95: bound, p99: bound, max: bound })
    .optional()
    .describe("a fixed responder, asked by the same k6; milliseconds"),
  startLag: z
    .strictObject({ count, p50: bound, p99: bound, max: bound })
    .optional()
    .describe("actual minus intended start of iterations, milliseconds"),
  generator: z.strictObject({
    cpuSeconds: bound,
    wallSeconds: bound,
    allowedCores: bound,
    periods: count.optional(),
    throttledPeriods: count.optional(),
    waitSeconds: bound.optional(),
    foreignShare: bound.optional(),
    peakRssBytes: bound,
  }),
  overflowSeries: count,
  serviceMode: z.array(z.string()),
});

const streamBooks = z
  .strictObject({
    database: z.string().optional().describe("absent: it did not answer"),
    bucket: z.string(),
    lines: z.array(
      z.strictObject({
        metric: z.string(),
        sent: z.number().describe("k6's own count"),
        written: z.number().optional().describe("read back; absent: the database could not be asked"),
        rejected: z.number(),
        pending: z.number().describe("still in the raw log"),
      }),
    ),
    rejectedLines: count,
    reasons: z.array(z.string()),
    overflow: z
      .strictObject({
        series: count,
        tags: z.array(z.strictObject({ tag: z.string(), values: count, examples: z.array(z.string()) })),
      })
      .optional()
      .describe("series that found no room of their own"),
    trouble: z.string().optional(),
  })
  .describe("samples on their way to the database: sent = written + rejected + pending");

const scenario = z.strictObject({
  name: z.string(),
  title: z.string(),
  target: z.string(),
  environment: environmentSchema,
  outcome,
  workload: workloadSchema,
  warmupSeconds: z.number(),
  measuredSeconds: z.number(),
  endpoints: z.array(endpoint),
  latency: latency.optional(),
  iterations: z.array(
    z.strictObject({
      stream: z.string(),
      model: z.string(),
      planned: z.number().optional(),
      completed: count,
      dropped: count,
      interrupted: count,
      vus: count,
      vusNeeded: count.optional(),
    }),
  ),
  checks: z.array(z.strictObject({ name: z.string(), endpoint: z.string().optional(), passes: count, fails: count })),
  instrument,
  books: z.strictObject({
    lines: z.array(z.strictObject({ metric: z.string(), k6: z.number(), log: z.number() })),
    service: z
      .array(z.strictObject({ endpoint: z.string(), status: z.string(), k6: z.number(), service: z.number() }))
      .optional(),
    damaged: count,
    refused: count,
    stream: streamBooks.optional(),
  }),
  measures: z.array(
    z.strictObject({
      metric: metricSchema,
      statistic: z.string(),
      value: bound,
      count: z.number(),
      endpoint: z.string().optional(),
    }),
  ),
});

const micro = z.strictObject({
  name: z.string(),
  title: z.string(),
  target: z.string(),
  workload: workloadSchema,
  nodeFlags: z.array(z.string()),
  startedAt: z.number().describe("milliseconds since the epoch"),
  endedAt: z.number(),
  processes: z.array(
    z.strictObject({
      size: count.optional().describe("present where it measured one size of the sweep"),
      exit: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("completed") }),
        z.strictObject({ kind: z.literal("failed"), how: z.string(), lastLines: z.array(z.string()) }),
      ]),
      wallSeconds: z.number(),
      cpuSeconds: z.number(),
      waitSeconds: z.number().optional().describe("the thread was ready to run and had no core"),
      foreignShare: z.number().optional(),
      idleRssBytes: count,
      peakRssBytes: count,
      clockNs: z.number(),
    }),
  ),
  benches: z.array(
    z.strictObject({
      name: z.string(),
      size: count.optional(),
      items: z.number().describe("what one operation works on"),
      callsPerSample: count.describe("more than 1: samples are means, and say nothing about single calls"),
      samples: count,
      calls: count,
      time: z
        .strictObject({
          mean: bound,
          min: bound,
          p50: bound,
          p90: bound,
          p95: bound,
          p99: bound,
          max: bound,
        })
        .describe("nanoseconds"),
      rounds: z.array(z.number()).describe("mean of each round, nanoseconds"),
      bytes: z
        .strictObject({ median: z.number(), lower: z.number(), upper: z.number(), counts: count })
        .optional()
        .describe("allocated by one operation, with its 95 % interval; absent: it could not be counted"),
      gc: z.strictObject({ count, ns: z.number() }),
      samplesFile: z.string(),
    }),
  ),
  profiles: z.array(z.string()),
});

export const reportSchema = z
  .strictObject({
    schema: z.literal("proofload/report/1"),
    record: z.strictObject({
      runId: z.string(),
      suite: z.string(),
      createdAt: z.string(),
      proofloadVersion: z.string(),
      commit: z.strictObject({ sha: z.string(), time: z.string().optional(), dirty: z.boolean() }).optional(),
      sharedHost: z.boolean(),
      fingerprint: fingerprintSchema,
      scenarios: z.array(scenario),
      outOfMemory: outOfMemorySchema.exactOptional(),
      micro: z.array(micro).optional(),
    }),
    verdict: verdictSchema,
  })
  .meta({ title: "The report of a run for machines (report.json)" });

/** Pages of docs/schema by file name. */
export function schemaPages(): { readonly file: string; readonly text: string }[] {
  const page = (file: string, schema: z.ZodType) => ({
    file: `docs/schema/${file}`,
    text: `${JSON.stringify(z.toJSONSchema(schema), undefined, 2)}\n`,
  });
  return [page("verdict.schema.json", verdictSchema), page("report.schema.json", reportSchema)];
}
