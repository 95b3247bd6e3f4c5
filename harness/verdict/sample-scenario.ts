import type { ScenarioRecord } from "../collect/record.ts";

/** A record for tests: a scenario in which nothing happened, and what a test says of it. */
export function sampleScenario(change: Partial<ScenarioRecord>): ScenarioRecord {
  return {
    name: "day",
    title: "A day",
    target: "shop",
    environment: { kind: "embedded", baseUrl: "http://127.0.0.1:1", parts: [], limits: [] },
    outcome: {
      startedAt: 0,
      endedAt: 0,
      exit: { kind: "completed" },
      summaryFile: "/k6-summary.json",
      k6Version: "2.2.0",
      bundleHash: "00",
    },
    workload: { hash: "01", script: "02" },
    warmupSeconds: 0,
    measuredSeconds: 0,
    endpoints: [],
    iterations: [],
    checks: [],
    instrument: {
      canary: { count: 500, failed: 0, dropped: 0, p50: 0.4, p95: 1, p99: 4, max: 6 },
      generator: { cpuSeconds: 1, wallSeconds: 12, allowedCores: 2, peakRssBytes: 1e8 },
      overflowSeries: 0,
      serviceMode: [],
    },
    books: { lines: [{ metric: "http_reqs", k6: 1000, log: 1000 }], damaged: 0, refused: 0 },
    measures: [],
    series: [],
    progress: [],
    resources: [],
    ...change,
  };
}
