import type {
  EndpointRecord,
  EndpointWindow,
  HistogramRecord,
  LatencySummary,
  Phase,
  ScenarioRecord,
} from "../collect/record.ts";
import type { EndpointPlan, ScenarioPlan } from "../plan/plan.ts";
import { type Random, seededRandom, standardNormal } from "../verdict/stats/random.ts";
import { sampleResources } from "./sample-resources.ts";

/** What is unusual about the load; nothing is for a run that passes. */
export interface SampleLoad {
  /** Endpoint → how many times slower. */
  readonly slower?: Readonly<Record<string, number>>;
  /** Endpoint → share of failed requests. */
  readonly failing?: Readonly<Record<string, number>>;
  /** Endpoint → share of its usual requests. */
  readonly thinned?: Readonly<Record<string, number>>;
  readonly dropped?: number;
}

/** Median ms and spread (sigma of the logarithm) of each endpoint, and requests per second. */
const SHAPES: Readonly<Record<string, { median: number; sigma: number; rate: number }>> = {
  "auth.login": { median: 44, sigma: 0.22, rate: 20 },
  "projects.list": { median: 3.4, sigma: 0.55, rate: 100 },
  "projects.create": { median: 11, sigma: 0.4, rate: 40 },
  "specs.read": { median: 2.1, sigma: 0.6, rate: 30 },
  "llm.questions": { median: 820, sigma: 0.62, rate: 11 },
  "memory.rank": { median: 7.4, sigma: 0.35, rate: 120 },
};

export function sampleScenario(plan: ScenarioPlan, load: SampleLoad): ScenarioRecord {
  const random = seededRandom(plan.data.seed);
  const made = plan.endpoints.map((endpoint) => makeEndpoint(endpoint, plan, load, random));
  const endpoints = made.flatMap((each) => each.records);
  const series = made.flatMap((each) => each.series);
  const measured = endpoints.filter((endpoint) => endpoint.phase === "measured");
  const requests = sum(measured.map((endpoint) => endpoint.requests));
  const seconds = plan.warmupSeconds + plan.measuredSeconds;
  const dropped = load.dropped ?? 0;
  return {
    name: plan.name,
    title: plan.title,
    target: plan.target,
    environment: environment(),
    outcome: {
      startedAt: 1_773_479_702_000,
      endedAt: 1_773_479_702_000 + seconds * 1000 + 400,
      exit: { kind: "completed" },
      summaryFile: "k6-summary.json",
      k6Version: "2.2.0",
      bundleHash: "9f2c6d1e4b7a8053c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738",
    },
    workload: { hash: "4c1f".repeat(16), script: "77ae".repeat(16) },
    warmupSeconds: plan.warmupSeconds,
    measuredSeconds: plan.measuredSeconds,
    endpoints,
    iterations: plan.streams.map((stream) => ({
      stream: stream.name,
      model: stream.measured.model,
      ...(stream.measured.model === "open" ? { planned: requests + dropped, vusNeeded: 240 } : {}),
      completed: requests,
      dropped,
      interrupted: 0,
      vus: 300,
    })),
    checks: plan.endpoints.map((endpoint) => ({
      name: `${endpoint.name} answers what was asked`,
      endpoint: endpoint.name,
      passes: 1000,
      fails: 0,
    })),
    instrument: {
      canary: { count: 3000, failed: 0, dropped: 0, p50: 0.31, p95: 0.82, p99: 1.9, max: 6.2 },
      ...(plan.streams[0]?.measured.model === "open" ? { startLag: { count: requests, p50: 0, p99: 1, max: 9 } } : {}),
      generator: {
        cpuSeconds: 0.23 * seconds,
        wallSeconds: seconds,
        allowedCores: 2,
        waitSeconds: 0.4,
        foreignShare: 0.02,
        peakRssBytes: 187 * 1024 ** 2,
      },
      overflowSeries: 0,
      serviceMode: [],
    },
    books: {
      lines: [
        { metric: "http_reqs", k6: requests, log: requests },
        { metric: "iterations", k6: requests, log: requests },
        { metric: "dropped_iterations", k6: dropped, log: dropped },
      ],
      service: measured.flatMap((endpoint) =>
        Object.entries(endpoint.byStatus).map(([status, count]) => ({
          endpoint: endpoint.endpoint,
          status,
          k6: count,
          service: count,
        })),
      ),
      damaged: 0,
      refused: 0,
    },
    measures: [
      { metric: "db_statements_per_request", statistic: "mean", value: 2.31, count: requests },
      { metric: "db_query_duration", statistic: "mean", value: 0.84, count: requests * 2 },
      { metric: "service_rss", statistic: "max", value: 203 * 1024 ** 2, count: seconds },
      { metric: "cache_hit_ratio", statistic: "value", value: 0.9412, count: requests },
    ],
    series,
    progress: Array.from({ length: seconds }, (_, second) => {
      const now = series.filter((window) => window.second === second);
      return {
        second,
        requests: sum(now.map((window) => window.requests)),
        failed: sum(now.map((window) => window.failed)),
        dropped: second > plan.warmupSeconds + 20 ? Math.round(dropped / (plan.measuredSeconds - 21)) : 0,
        vus: Math.round(14 + 4 * Math.sin(second / 5) + (dropped > 0 ? second * 3 : 0)),
      };
    }),
    resources: sampleResources(seconds, random),
  };
}

function makeEndpoint(plan: EndpointPlan, scenario: ScenarioPlan, load: SampleLoad, random: Random) {
  const shape = SHAPES[plan.name] ?? { median: 5, sigma: 0.4, rate: 10 };
  const slower = load.slower?.[plan.name] ?? 1;
  const failing = load.failing?.[plan.name] ?? 0;
  const rate = shape.rate * (load.thinned?.[plan.name] ?? 1);
  const perPhase: Record<Phase, number[]> = { warmup: [], measured: [], setup: [] };
  const failures: Record<Phase, number> = { warmup: 0, measured: 0, setup: 0 };
  const series: EndpointWindow[] = [];
  for (let second = 0; second < scenario.warmupSeconds + scenario.measuredSeconds; second++) {
    const phase = second < scenario.warmupSeconds ? "warmup" : "measured";
    const cold = phase === "warmup" ? 1 + 1.8 * Math.exp(-second / 2) : 1;
    const requests = Math.floor(rate + random() * 1.98);
    const values: number[] = [];
    let failed = 0;
    for (let request = 0; request < requests; request++) {
      if (random() < failing) {
        failed += 1;
      } else {
        const tail = random() < 0.004 ? 2.5 : 1;
        values.push(shape.median * slower * cold * tail * Math.exp(shape.sigma * standardNormal(random)));
      }
    }
    perPhase[phase].push(...values);
    failures[phase] += failed;
    series.push({ endpoint: plan.name, phase, second, requests, failed, ...quantiles(values) });
  }
  const records = (["warmup", "measured"] as const).map((phase): EndpointRecord => {
    const values = perPhase[phase];
    const failed = failures[phase];
    const summary = summaryOf(values);
    return {
      endpoint: plan.name,
      phase,
      class: plan.class,
      method: plan.method,
      path: plan.path,
      requests: values.length + failed,
      failed,
      dropped: phase === "measured" ? Math.ceil(((load.dropped ?? 0) * shape.rate) / 200) : 0,
      byStatus: { [plan.method === "POST" ? "201" : "200"]: values.length, ...(failed === 0 ? {} : { "503": failed }) },
      byError: failed === 0 ? {} : { "1503": failed },
      ...(summary === undefined ? {} : { latency: summary }),
      source: phase === "measured" ? "exact" : "histogram",
      histogram: histogramOf(values),
    };
  });
  return { records, series };
}

function quantiles(values: readonly number[]): Pick<EndpointWindow, "p50" | "p95" | "p99" | "max"> {
  const summary = summaryOf(values);
  return summary === undefined ? {} : { p50: summary.p50, p95: summary.p95, p99: summary.p99, max: summary.max };
}

function summaryOf(values: readonly number[]): LatencySummary | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return sorted.length === 0
    ? undefined
    : {
        count: sorted.length,
        mean: sum(sorted) / sorted.length,
        min: at(0),
        max: at(1),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
      };
}

/** Buckets about 2 % wide: scale 5. */
function histogramOf(values: readonly number[]): HistogramRecord {
  const scale = 5;
  const indexes = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
  const offset = indexes.length === 0 ? 0 : Math.min(...indexes);
  const counts = new Array<number>(indexes.length === 0 ? 0 : Math.max(...indexes) - offset + 1).fill(0);
  for (const index of indexes) {
    counts[index - offset] = (counts[index - offset] ?? 0) + 1;
  }
  const min = values.length === 0 ? 0 : Math.min(...values);
  const max = values.length === 0 ? 0 : Math.max(...values);
  return { scale, offset, counts, zeroCount: 0, count: values.length, sum: sum(values), min, max };
}

function environment(): ScenarioRecord["environment"] {
  return {
    kind: "embedded",
    baseUrl: "http://127.0.0.1:41873",
    parts: [
      { name: "service", version: "node v24.21.0", port: 41873 },
      { name: "postgres", version: "PostgreSQL 18.4", port: 41874 },
      { name: "redis", version: "Valkey 9.1.2", port: 41875 },
    ],
    limits: ["memory limit of the profile (4 GiB): not enforced", "CPUs of the profile (2): not enforced"],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
