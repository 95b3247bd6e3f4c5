import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Attributes } from "./otlp.ts";
import type { LatencySummary } from "./record.ts";

/** The classic summary of k6 (the data of handleSummary), parsed. */
export interface K6Summary {
  /** From the start of setup() to the end of the load. */
  readonly durationMs: number;
  /** Values over all samples of a trend, or over those with exactly these tags (where a threshold named them). */
  trend(metric: string, tags?: Attributes): LatencySummary | undefined;
  counter(metric: string, tags?: Attributes): number | undefined;
  /** `nonzero` of `count` samples were not zero: of http_req_failed those that failed, of checks those that passed. */
  rate(metric: string, tags?: Attributes): { readonly nonzero: number; readonly count: number } | undefined;
  /** What a threshold looks at: `value("http_req_duration{name:login}", "p(95)")`, and the samples behind it. */
  value(selector: string, statistic: string): { readonly value: number; readonly count: number } | undefined;
  /** How many samples of each trend and rate, and how much of k6's own counters: the raw log must hold as many. */
  totals(): ReadonlyMap<string, number>;
}

/**
 * Reads what k6 wrote. Throws PL_K6_FAILED when k6 wrote nothing, PL_RUN_UNREADABLE naming file and field when it is
 * no summary with count and p(99) (`summaryTrendStats` must ask for them).
 */
export async function readK6Summary(path: string): Promise<K6Summary> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new ProofloadError("PL_K6_FAILED", `k6 left no summary at ${path}`, { cause });
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_RUN_UNREADABLE", `The k6 summary ${path} is no JSON: ${why}`, { cause });
  }
  return parseK6Summary(data, path);
}

/** As `readK6Summary`, for data that is read already; `where` names it in errors. */
export function parseK6Summary(data: unknown, where: string): K6Summary {
  const parsed = summarySchema.safeParse(data);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue): Problem => ({ what: issue.message, where: `${where}: ${issue.path.join(".")}` }),
    );
    throw new ProofloadError("PL_RUN_UNREADABLE", `${where} is no k6 summary that proofload asked for`, { problems });
  }
  const metrics = Object.entries(parsed.data.metrics).map(([key, metric]) => ({ ...splitKey(key), metric }));
  const find = (name: string, tags: Attributes = {}) =>
    metrics.find((candidate) => candidate.name === name && sameTags(candidate.tags, tags))?.metric;
  return {
    durationMs: parsed.data.state.testRunDurationMs,
    trend(name, tags) {
      const metric = find(name, tags);
      return metric?.type === "trend" ? summaryOf(metric.values) : undefined;
    },
    counter(name, tags) {
      const metric = find(name, tags);
      return metric?.type === "counter" ? metric.values.count : undefined;
    },
    rate(name, tags) {
      const metric = find(name, tags);
      return metric?.type === "rate"
        ? { nonzero: metric.values.passes, count: metric.values.passes + metric.values.fails }
        : undefined;
    },
    value(selector, statistic) {
      const { name, tags } = splitKey(selector);
      const metric = find(name, tags);
      const value = (metric?.values as Readonly<Record<string, unknown>> | undefined)?.[statistic];
      return metric === undefined || typeof value !== "number" ? undefined : { value, count: samplesOf(metric) };
    },
    totals: () =>
      new Map(
        metrics
          .filter(({ tags }) => Object.keys(tags).length === 0)
          .flatMap(({ name, metric }): [string, number][] => {
            const isCompared = metric.type === "trend" || metric.type === "rate" || COUNTED.has(name);
            return isCompared ? [[name, samplesOf(metric)]] : [];
          }),
      ),
  };
}

/** Other counters add up fractions, and a sum of fractions depends on their order. */
const COUNTED = new Set(["http_reqs", "iterations", "dropped_iterations"]);

// k6 writes null for a number that JSON does not know; of no samples, everything is 0.
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? 0);

const metricSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("trend"),
    values: z.looseObject({
      count: z.number(),
      avg: number,
      min: number,
      med: number,
      max: number,
      "p(75)": number.optional(),
      "p(90)": number,
      "p(95)": number,
      "p(99)": number,
    }),
  }),
  z.object({ type: z.literal("counter"), values: z.looseObject({ count: z.number() }) }),
  z.object({ type: z.literal("rate"), values: z.looseObject({ passes: z.number(), fails: z.number() }) }),
  z.object({ type: z.literal("gauge"), values: z.looseObject({ value: number }) }),
]);

const summarySchema = z.object({
  state: z.object({ testRunDurationMs: z.number() }),
  metrics: z.record(z.string(), metricSchema),
});

type Metric = z.infer<typeof metricSchema>;

function samplesOf(metric: Metric): number {
  if (metric.type === "gauge") return 1;
  return metric.type === "rate" ? metric.values.passes + metric.values.fails : metric.values.count;
}

type TrendValues = Extract<Metric, { type: "trend" }>["values"];

function summaryOf(values: TrendValues): LatencySummary {
  return {
    count: values.count,
    mean: values.avg,
    min: values.min,
    max: values.max,
    p50: values.med,
    ...(values["p(75)"] === undefined ? {} : { p75: values["p(75)"] }),
    p90: values["p(90)"],
    p95: values["p(95)"],
    p99: values["p(99)"],
  };
}

/** "latency{name:auth.login,phase:measured}" → its name and tags, in whatever order they were written. */
function splitKey(key: string): { name: string; tags: Attributes } {
  const match = /^([^{]+)\{(.*)\}$/s.exec(key);
  if (match === null) return { name: key, tags: {} };
  const pairs = (match[2] ?? "").split(",").map((pair) => {
    const at = pair.indexOf(":");
    return [pair.slice(0, at).trim(), unquoted(pair.slice(at + 1).trim())] as const;
  });
  return { name: match[1] ?? "", tags: Object.fromEntries(pairs) };
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, "$2");
}

function sameTags(a: Attributes, b: Attributes): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
