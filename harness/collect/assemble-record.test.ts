import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { aggregate } from "./aggregate.ts";
import { assembleRecord, type RecordInputs } from "./assemble-record.ts";
import { parseK6Summary } from "./k6-summary.ts";
import { decodeExport } from "./otlp.ts";
import type { RunRecord, ScenarioRecord } from "./record.ts";
import { recordJsonSchema, recordSchema } from "./record-schema.ts";

const FIXTURES = new URL("../../test/fixtures/k6-2.2.0/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FIXTURES));
const exports = [0, 1, 2, 3, 4].map((index) => decodeExport(read(`cumulative/c${index}.bin`)));
const log = aggregate(exports, "proofload");
const summary = parseK6Summary(JSON.parse(read("cumulative/summary.json").toString()), "k6-summary.json");

const endpoint = (name: string, path: string): ScenarioPlan["endpoints"][number] => ({
  name,
  method: "GET",
  path,
  class: "read",
  classTitle: "reads",
  budgets: [],
});

/** The plan that the fixture's script could have come from. */
const plan: ScenarioPlan = {
  name: "items",
  title: "items",
  target: "demo",
  profile: { name: "any", cpus: 1, memoryGiB: 1 },
  kind: "proofload",
  script: "/nowhere/items.ts",
  warmupSeconds: 1,
  measuredSeconds: 3,
  streams: [
    {
      name: "read",
      exec: "read",
      warmup: { model: "open", rate: 50, seconds: 1, vus: 5 },
      measured: { model: "open", rate: 50, seconds: 3, vus: 5 },
      calls: { "items.read": 1, "items.list": 1 },
      vusNeeded: 5,
    },
    {
      name: "slow",
      exec: "slow",
      measured: { model: "open", rate: 10, seconds: 2, vus: 1 },
      calls: { "items.read": 1, "items.never": 3 },
      vusNeeded: 30,
    },
  ],
  endpoints: [
    endpoint("auth.login", "/auth/login"),
    endpoint("items.read", "/items/:itemId"),
    endpoint("items.list", "/items"),
    endpoint("items.never", "/never"),
  ],
  budgets: [],
  settings: {},
  params: {},
  data: { seed: 1 },
};

const requests = (path: string, status: string, count: number) =>
  `http_request_duration_seconds_count{method="GET",endpoint="${path}",status="${status}"} ${count}\n`;

const inputs: RecordInputs = {
  plan,
  environment: {
    kind: "embedded",
    baseUrl: "http://127.0.0.1:9",
    parts: [],
    limits: [],
  },
  outcome: {
    startedAt: (log.start ?? 0) - 200,
    endedAt: (log.start ?? 0) + 4500,
    exit: { kind: "completed" },
    summaryFile: "/nowhere/k6-summary.json",
    k6Version: "2.2.0",
    bundleHash: "0",
  },
  workload: { hash: "1", script: "2" },
  summary,
  log,
  damaged: 0,
  refused: 2,
  scrapes: {
    before: requests("/items", "200", 1000) + requests("/items/:itemId", "200", 5),
    after: requests("/items", "200", 1055) + requests("/items/:itemId", "200", 59) + requests("/auth/login", "200", 1),
  },
  resources: {
    generator: { cpuSeconds: 1, wallSeconds: 4, allowedCores: 2, periods: 40, throttledPeriods: 1, peakRssBytes: 5 },
    samples: [
      { at: log.start ?? 0, values: { "service.rss": 900, "service.cpu": 1.9 } },
      { at: (log.start ?? 0) + 2000, values: { "service.rss": 500, "service.cpu": 0.5, "machine.cpu": 1 } },
      { at: (log.start ?? 0) + 3000, values: { "service.rss": 700, "service.cpu": 0.7 } },
    ],
  },
};
const record = assembleRecord(inputs);
const endpointIn = (from: ScenarioRecord, name: string, phase: string) =>
  from.endpoints.find((one) => one.endpoint === name && one.phase === phase);

describe("the scenario record", () => {
  it("takes exact percentiles from k6's summary for the measured phase, beside the histogram", () => {
    const measured = endpointIn(record, "items.read", "measured");
    expect(measured).toMatchObject({
      source: "exact",
      requests: 40,
      failed: 0,
      class: "read",
      path: "/items/:itemId",
      latency: { count: 40, p95: 4.159456799999999, max: 4.969086 },
    });
    expect(measured?.histogram?.count).toBe(40);
    expect(endpointIn(record, "items.read", "warmup")).toMatchObject({ source: "histogram", requests: 15 });
    expect(endpointIn(record, "items.read", "warmup")?.latency).toBeUndefined();
    expect(record.latency?.latency).toMatchObject({ count: 95, p95: 8.248150799999998 });
    expect(record.latency?.histogram?.count).toBe(95);
  });

  it("takes upper bucket edges where k6 left no summary, and says so", () => {
    const without = assembleRecord({ ...inputs, summary: undefined });
    const measured = endpointIn(without, "items.read", "measured");
    expect(measured?.source).toBe("histogram");
    expect(measured?.latency?.p95).toBeGreaterThanOrEqual(4.159456799999999);
    expect(measured?.latency?.p95).toBeLessThan(4.5);
    expect(without.books.lines).toEqual([]);
  });

  it("charges the dropped iterations of a stream to its endpoints by their share of the calls, rounded up", () => {
    // 15 drops of the stream "slow": a quarter to items.read, the rest to items.never, which nobody could ask.
    expect(endpointIn(record, "items.read", "measured")?.dropped).toBe(4);
    expect(endpointIn(record, "items.never", "measured")).toMatchObject({ dropped: 12, requests: 0 });
    expect(endpointIn(record, "items.read", "warmup")?.dropped).toBe(0);
  });

  it("says of each stream what was due and what became of it", () => {
    expect(record.iterations).toEqual([
      { stream: "read", model: "open", planned: 150, completed: 150, dropped: 0, interrupted: 0, vus: 5, vusNeeded: 5 },
      { stream: "slow", model: "open", planned: 20, completed: 6, dropped: 15, interrupted: 0, vus: 1, vusNeeded: 30 },
    ]);
  });

  it("keeps books of k6 against the log, metric by metric", () => {
    expect(record.books.lines.filter((line) => line.k6 !== line.log)).toEqual([]);
    const names = record.books.lines.map((line) => line.metric);
    expect(names).toEqual(
      expect.arrayContaining(["http_reqs", "iterations", "checks", "dropped_iterations", "latency"]),
    );
    expect(record.books).toMatchObject({ damaged: 0, refused: 2 });
    const lossy = assembleRecord({ ...inputs, log: aggregate(exports.slice(0, 3), "proofload") });
    expect(lossy.books.lines.find((line) => line.metric === "http_reqs")).toMatchObject({ k6: 413 });
    expect(lossy.books.lines.filter((line) => line.k6 !== line.log).length).toBeGreaterThan(10);
  });

  it("keeps books of k6 against the service, route by route and status by status, all phases together", () => {
    expect(record.books.service).toEqual([
      { endpoint: "auth.login", status: "200", k6: 1, service: 1 },
      { endpoint: "items.read", status: "200", k6: 55, service: 54 },
      { endpoint: "items.list", status: "200", k6: 55, service: 55 },
    ]);
    expect(assembleRecord({ ...inputs, scrapes: { before: undefined, after: "" } }).books.service).toBeUndefined();
  });

  it("measures resources in the measured phase, not while warming up", () => {
    expect(record.measures.filter((measure) => measure.metric === "service_rss")).toEqual([
      { metric: "service_rss", statistic: "max", value: 700, count: 2 },
      { metric: "service_rss", statistic: "mean", value: 600, count: 2 },
    ]);
    expect(record.resources.find(({ part, metric }) => part === "service" && metric === "cpu")?.points).toEqual([
      [0, 1.9],
      [2, 0.5],
      [3, 0.7],
    ]);
  });

  it("gives the canary's and the start lag's figures without those after a drop", () => {
    expect(record.instrument.canary).toMatchObject({ count: 201, failed: 0, dropped: 0, p99: 18.043987 });
    // k6's summary has all 156, six of them of the stream that dropped.
    expect(record.instrument.startLag).toEqual({ count: 150, p50: 0.5, p99: 0.5, max: 0.5 });
    expect(record.instrument.generator).toMatchObject({ periods: 40, throttledPeriods: 1 });
  });

  it("lasts as long as planned, unless k6 ended before", () => {
    expect(record.measuredSeconds).toBe(3);
    const cut = {
      ...inputs,
      summary: undefined,
      outcome: { ...inputs.outcome, endedAt: inputs.outcome.startedAt + 2500 },
    };
    expect(assembleRecord(cut).measuredSeconds).toBe(1.5);
  });

  it("refuses histograms with fixed buckets", () => {
    expect(() => assembleRecord({ ...inputs, log: { ...log, explicitBuckets: ["latency"] } })).toThrow(/exponential/);
  });

  it("reads the thresholds of an unchanged k6 script from the summary", () => {
    const text = "latency{name:items.read,phase:measured}: p(95)<200";
    const budget = {
      metric: "k6_threshold",
      statistic: "value",
      direction: "<",
      target: 200,
      max: 200,
      unit: "ms",
      source: "k6 threshold",
      text,
    } as const;
    const unchanged: ScenarioPlan = { ...plan, kind: "k6", streams: [], endpoints: [], budgets: [budget] };
    const asK6 = assembleRecord({ ...inputs, plan: unchanged, log: aggregate(exports, "k6") });
    expect(asK6.measures.filter(({ metric }) => metric === "k6_threshold")).toEqual([
      { metric: "k6_threshold", statistic: "value", value: 4.159456799999999, count: 40, endpoint: text },
    ]);
    expect(endpointIn(asK6, "items.list", "measured")?.source).toBe("histogram");
    expect(asK6.books.service).toBeUndefined();
  });

  it("reads the p99 of the event loop's delay from all seconds together", () => {
    const second = (at: number, p99: number, max: number) => ({
      at: (log.start ?? 0) + at,
      values: {
        "service.event_loop_delay_p50": 10,
        "service.event_loop_delay_p90": 11,
        "service.event_loop_delay": p99,
        "service.event_loop_delay_max": max,
      },
    });
    // One bad second among a hundred: its p99 is 300, that of all delays is not.
    const seconds = Array.from({ length: 99 }, (_, index) => second(2000 + index, 12, 20));
    const samples = [...seconds, second(2500, 300, 300)];
    const measures = assembleRecord({ ...inputs, resources: { samples, generator: undefined } }).measures;
    const delay = (statistic: string) =>
      measures.find((one) => one.metric === "event_loop_delay" && one.statistic === statistic)?.value;
    expect(delay("p99")).toBe(20);
    expect(delay("max")).toBe(300);
  });
});

describe("the record's schema", () => {
  const run: RunRecord = {
    schema: "proofload/record/1",
    runId: "r",
    suite: "quick",
    createdAt: "2026-11-21T00:00:00.000Z",
    proofloadVersion: "0.1.0",
    sharedHost: false,
    fingerprint: sampleFingerprint(),
    scenarios: [record],
  };
  const stored = () => JSON.parse(JSON.stringify(run)) as { scenarios: { endpoints: Record<string, unknown>[] }[] };

  it("takes a record through JSON and back unchanged", () => {
    expect(recordSchema.parse(stored())).toEqual(run);
  });

  it("refuses an edited field, by name", () => {
    const edited = stored();
    const [first] = edited.scenarios[0]?.endpoints ?? [];
    if (first !== undefined) Object.assign(first, { requests: "many", reqeusts: 1 });
    const issues = recordSchema
      .safeParse(edited)
      .error?.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    expect(issues).toEqual([
      "scenarios.0.endpoints.0.requests: Invalid input: expected number, received string",
      'scenarios.0.endpoints.0: Unrecognized key: "reqeusts"',
    ]);
  });

  it("is published as JSON Schema, and the published file is up to date", () => {
    const file = new URL("../../docs/schema/record.schema.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(recordJsonSchema())));
  });
});
