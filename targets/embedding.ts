import type { RequirementRow, ScenarioDefinition, TargetDefinition } from "../harness/plan/definition.ts";
import { small } from "./profiles/small.ts";
import { classified, referenceService, seededData } from "./reference-service.ts";
import { open } from "./streams.ts";

const requirements: readonly RequirementRow[] = [
  {
    id: "EMB-01",
    promise: "JWT generation allocates at least 10 % less on the hot path than the straightforward version",
    measuredBy: "micro jwt: bytes per operation of both, as a ratio",
  },
  {
    id: "EMB-02",
    promise: "cache key generation < 1 ms (texts from 16 B to 64 KiB)",
    measuredBy: "micro cache-key: p99 of single calls at four sizes",
  },
  {
    id: "EMB-03",
    promise: "batch embedding uses at least 5 % less memory than without pre-allocation",
    measuredBy: "micro batch-embedding: bytes of a batch as a ratio; batch shows the peak memory of the service",
  },
  {
    id: "EMB-04",
    promise: "engine access under concurrency: p95 < 50 ms",
    measuredBy: "batch, quick-embeddings",
  },
  {
    id: "EMB-05",
    promise: "cache hit < 1 ms",
    measuredBy: "batch, quick-embeddings: the service's own histogram during load; micro cache-hit",
  },
  {
    id: "EMB-06",
    promise: "disabled debug logging is a no-op: 0 bytes allocated",
    measuredBy: "micro logging: bytes per call",
  },
  {
    id: "EMB-07",
    promise: "audit logging is asynchronous and batched, < 1 % of request time",
    measuredBy: "batch, quick-embeddings: time in the audit call ÷ request time, from the service's own timers",
  },
  {
    id: "EMB-08",
    promise: "error messages are only built when they are used",
    measuredBy: "micro error-building: bytes of a request that is in order, as a ratio",
  },
];

/** Single texts as users type them and batches as importers send them, at the same time. */
function scenario(title: string, warmup: string, duration: string, rates: [number, number]): ScenarioDefinition {
  return {
    title,
    script: "scenarios/batch.ts",
    warmup,
    streams: {
      single: open("single", rates[0], duration, { "embeddings.create": 1 }),
      batch: open("batch", rates[1], duration, { "embeddings.create": 1 }),
    },
    budgets: [
      { limit: "error_rate < 0.1 %", source: "EMB-04" },
      { limit: "mean of cache_hit_duration < 1 ms", source: "EMB-05" },
      { limit: "audit_share < 1 %", source: "EMB-07" },
    ],
    params: { sessions: 10, textsPerBatch: 32 },
  };
}

export const embedding: TargetDefinition = {
  name: "embedding",
  title: "Embedding service",
  specification: "Spec: Performance Optimization 1.0 (embedding service)",
  service: referenceService,
  profile: small,
  data: seededData,
  classes: {
    engine: { title: "Engine access", budgets: [{ limit: "p95 of latency < 50 ms", source: "EMB-04" }] },
  },
  endpoints: classified({ engine: ["embeddings.create"] }),
  scenarios: {
    batch: scenario("Batches of 32 texts beside single ones", "5s", "30s", [40, 15]),
    "quick-embeddings": scenario("Batches of 32 texts beside single ones, briefly", "3s", "8s", [17, 9]),
  },
  micro: {
    jwt: {
      title: "Access tokens: issue and verify",
      script: "micro/jwt.bench.ts",
      budgets: [{ limit: "ratio of bytes in issue to straightforward <= 0.9", source: "EMB-01" }],
    },
    "cache-key": {
      title: "Keys of the embedding cache, 16 B to 64 KiB",
      script: "micro/cache-key.bench.ts",
      sweep: { name: "bytes", sizes: [16, 256, 4096, 65_536] },
      budgets: [16, 256, 4096, 65_536].map((bytes) => ({
        limit: `p99 of time in bytes/${bytes} < 1 ms`,
        source: "EMB-02",
      })),
    },
    "batch-embedding": {
      title: "A batch of 32 new texts",
      script: "micro/batch-embedding.bench.ts",
      budgets: [{ limit: "ratio of bytes in batch to straightforward <= 0.95", source: "EMB-03" }],
    },
    "cache-hit": {
      title: "Look-ups that hit",
      script: "micro/cache-hit.bench.ts",
      budgets: ["shared", "private", "embeddings-32"].map((bench) => ({
        limit: `p99 of time in ${bench} < 1 ms`,
        source: "EMB-05",
      })),
    },
    logging: {
      title: "A debug line, off and on",
      script: "micro/logging.bench.ts",
      budgets: ["off", "off-message"].map((bench) => ({ limit: `bytes in ${bench} <= 0 B`, source: "EMB-06" })),
    },
    "audit-batching": {
      title: "500 audit events, batched and one by one",
      script: "micro/audit-batching.bench.ts",
      budgets: [],
    },
    "error-building": {
      title: "A token that is in order, with and without an error at the ready",
      script: "micro/error-building.bench.ts",
      // The specification names no figure here; 10 % less is what it asks of the hot path (EMB-01).
      budgets: [{ limit: "ratio of bytes in accepted to straightforward <= 0.9", source: "EMB-08" }],
    },
  },
  requirements,
};
