import { describe, expect, it } from "vitest";
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { Part } from "../environment/environment.ts";
import type { Fingerprint, MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import type { Layout } from "../plan/profile.ts";
import { sampleRun } from "../report/sample.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun } from "../report/sample-micro.ts";
import type { StoredRun } from "./comparable.ts";
import { compareRuns } from "./compare.ts";

const run: StoredRun = sampleRun("pass");
const machine = (change: Partial<MachineFacts>): StoredRun => {
  const { fingerprint } = run.record;
  return withFingerprint({ machine: { ...fingerprint.machine, ...change } });
};
const withFingerprint = (change: Partial<Fingerprint>): StoredRun => ({
  ...run,
  record: { ...run.record, fingerprint: { ...run.record.fingerprint, ...change } },
});
const scenarios = (change: (scenario: ScenarioRecord) => Partial<ScenarioRecord>): StoredRun => ({
  ...run,
  record: { ...run.record, scenarios: run.record.scenarios.map((one) => ({ ...one, ...change(one) })) },
});
const environment = (change: Partial<ScenarioRecord["environment"]>): StoredRun =>
  scenarios((one) => ({ environment: { ...one.environment, ...change } }));
const fieldsOf = (left: StoredRun, right: StoredRun) => compareRuns(left, right).differences.map(({ field }) => field);

const share = { cpus: 0.5, cpuset: "1", memoryBytes: 256 * 1024 ** 2 };
const layout = (cpus: number): Layout => ({
  profile: "small",
  scale: 1,
  parts: { service: { ...share, cpus }, postgres: share, redis: share, generator: share },
  sharesCores: false,
  postgres: {},
  redis: {},
});
const parts = (service: string, postgres: string): Part[] => [
  { name: "service", version: "node v24.21.0", image: { name: "shop:1", digest: service } },
  { name: "postgres", version: "PostgreSQL 18.4", image: { name: "postgres:18", digest: postgres } },
];

describe("two runs", () => {
  it("are alike when only time, commit, process ids, ports, the service's image and the figures differ", () => {
    const later: RunRecord = {
      ...run.record,
      runId: "20260315-091502-quick-1111",
      createdAt: "2026-03-15T09:15:02.000Z",
      commit: { sha: "b".repeat(40), dirty: false },
      scenarios: run.record.scenarios.map((one) => ({
        ...one,
        environment: { ...one.environment, baseUrl: "http://127.0.0.1:9", parts: parts("sha256:2", "sha256:9") },
        outcome: { ...one.outcome, bundleHash: "other" },
      })),
    };
    const left = environment({ parts: parts("sha256:1", "sha256:9").map((part) => ({ ...part, pid: 4, port: 5 })) });
    expect(compareRuns(left, { ...run, record: later })).toMatchObject({ differences: [], labels: [] });
  });

  it.each<readonly [string, StoredRun, StoredRun]>([
    ["machine.kernel", run, machine({ kernel: "Linux 6.2.0" })],
    ["machine.cpuModel", run, machine({ cpuModel: "another" })],
    ["machine.cpus", run, machine({ cpus: 4 })],
    ["machine.smt", run, machine({ smt: "unknown" })],
    ["machine.governor", run, machine({ governor: "performance" })],
    ["machine.memory", run, machine({ memoryBytes: 16 * 1024 ** 3 })],
    ["machine.cgroup", run, machine({ cgroup: "v1" })],
    ["machine.node", run, machine({ node: "v26.0.0" })],
    ["k6.sha256", run, withFingerprint({ k6: { version: "2.2.0", sha256: "0" } })],
    ["environment.kind", run, environment({ kind: "containers" })],
    [
      "environment.profile.parts.service.cpus",
      environment({ layout: layout(0.5) }),
      environment({ layout: layout(1) }),
    ],
    ["environment.profile", run, environment({ layout: layout(1) })],
    [
      "environment.parts.postgres.image",
      environment({ parts: parts("sha256:1", "sha256:9") }),
      environment({ parts: parts("sha256:1", "sha256:8") }),
    ],
    [
      "environment.engine.version",
      environment({ engine: { name: "Docker", version: "20.10.24", cgroupVersion: "1", rootless: false } }),
      environment({ engine: { name: "Docker", version: "28.0.0", cgroupVersion: "1", rootless: false } }),
    ],
    [
      "environment.host",
      environment({ kind: "url", baseUrl: "https://a.example.com:8443/x" }),
      environment({ kind: "url", baseUrl: "https://b.example.com/x" }),
    ],
  ])("are unlike in %s, which is named once, from both sides", (field, left, right) => {
    expect(fieldsOf(left, right)).toEqual([field]);
    const [one] = compareRuns(left, right).differences;
    expect(compareRuns(right, left).differences).toEqual([{ field, left: one?.right, right: one?.left }]);
    expect(compareRuns(left, left).differences).toEqual([]);
  });

  it("are unlike in their workload: the fields of the plan are named, else the script, else the hash", () => {
    const changed = scenarios(({ name, workload }) =>
      name === "load" ? { workload: { ...workload, hash: "other" } } : {},
    );
    expect(fieldsOf(run, changed)).toEqual(["workload.load"]);
    const scripted = scenarios(({ name, workload }) =>
      name === "load" ? { workload: { hash: "other", script: "other" } } : { workload },
    );
    expect(fieldsOf(run, scripted)).toEqual(["workload.load.script"]);
    const plan = {
      ...run.plan,
      scenarios: run.plan.scenarios.map((one) => ({ ...one, data: { ...one.data, seed: 8 } })),
    };
    expect(compareRuns(run, { plan, record: changed.record }).differences).toEqual([
      { field: "workload.load.data.seed", left: "7", right: "8" },
    ]);
  });

  it("are unlike when they have no scenario in common, and leave out what only one of them has", () => {
    const first = { ...run, record: { ...run.record, scenarios: run.record.scenarios.slice(0, 1) } };
    const second = { ...run, record: { ...run.record, scenarios: run.record.scenarios.slice(1) } };
    expect(compareRuns(first, second).differences).toEqual([{ field: "scenarios", left: "load", right: "memories" }]);
    const comparison = compareRuns(first, run);
    expect(comparison.differences).toEqual([]);
    expect([comparison.onlyLeft, comparison.onlyRight]).toEqual([[], ["memories"]]);
    expect(new Set(comparison.rows.map(({ part }) => part))).toEqual(new Set(["load"]));
  });

  it.each([
    [1.14, []],
    [0.88, []],
    [1.16, ["different speed"]],
    [0.86, ["different speed"]],
  ])("of which one was measured while the machine was %f times as fast are labelled %j", (factor, labels) => {
    const { calibration } = run.record.fingerprint;
    const right = withFingerprint({ calibration: { ...calibration, memory: calibration.memory * factor } });
    const comparison = compareRuns(run, right);
    expect(comparison.differences).toEqual([]);
    expect(comparison.labels.map(({ code }) => code)).toEqual(labels);
    if (labels.length > 0) expect(comparison.labels[0]?.sentence).toContain(`memory ${factor} times`);
  });

  it("are labelled when one shared its machine, one was unsound, or they were compared although unlike", () => {
    const invalid = sampleRun("invalid");
    const right = { ...invalid, record: { ...invalid.record, sharedHost: true } };
    expect(compareRuns(machine({ cpus: 8 }), right).labels.map(({ code }) => code)).toEqual([
      "forced",
      "shared machine",
      "invalid run",
    ]);
  });
});

describe("the rows of a comparison", () => {
  const slower = scenarios(({ endpoints }) => ({
    endpoints: endpoints.map((one) =>
      one.latency === undefined ? one : { ...one, latency: { ...one.latency, p95: one.latency.p95 * 2 } },
    ),
  }));

  it("have both figures and right divided by left, for every endpoint and metric of both", () => {
    const { rows } = compareRuns(run, slower);
    const p95 = rows.filter(({ metric, statistic }) => metric === "latency" && statistic === "p95");
    expect(p95).toHaveLength(6);
    for (const row of p95) expect(row.ratio).toEqual({ value: 2 });
    const others = rows.filter(({ metric, statistic }) => !(metric === "latency" && statistic === "p95"));
    expect(others.every(({ ratio }) => ratio === undefined || ("value" in ratio && ratio.value === 1))).toBe(true);
    expect(others.map(({ metric }) => metric)).toEqual(expect.arrayContaining(["service_rss", "request_rate"]));
  });

  it("have edges for a ratio where a percentile is known by the edges of its bucket", () => {
    const edged = scenarios(({ endpoints }) => ({
      endpoints: endpoints.map((one) => ({ ...one, source: "histogram" })),
    }));
    const row = compareRuns(run, edged).rows.find(({ statistic }) => statistic === "p95");
    const [left, right, ratio] = [row?.left, row?.right, row?.ratio];
    if (!(left && right && ratio && "value" in left && "lower" in right && "lower" in ratio))
      throw new Error("no edges");
    expect(ratio).toEqual({ lower: right.lower / left.value, upper: right.upper / left.value });
    expect(ratio.upper / ratio.lower).toBeCloseTo(2 ** (1 / 32), 2);
    const both = compareRuns(edged, edged).rows.find(({ statistic }) => statistic === "p95")?.ratio;
    expect(both).toEqual({ lower: right.lower / right.upper, upper: right.upper / right.lower });
  });

  it("have no ratio where iterations were dropped into the percentile, or a side was not measured", () => {
    const saturated = sampleRun("saturated");
    const row = compareRuns(run, saturated).rows.find(({ statistic }) => statistic === "p99");
    expect(row?.right).not.toHaveProperty("value");
    expect(row?.ratio).toBeUndefined();
    const gone = scenarios(({ measures }) => ({ measures: measures.slice(1) }));
    const missing = compareRuns(gone, run).rows.find(({ metric }) => metric === "db_statements_per_request");
    expect([missing?.left, missing?.right, missing?.ratio]).toEqual([undefined, { value: 2.31 }, undefined]);
  });

  it("are those of benches, sizes of a sweep apart, for micro-benchmarks", () => {
    const micro = (mean: number) => {
      const bench = sampleBench("sign", { size: 10 });
      return sampleMicroRun([], sampleMicroRecord([{ ...bench, time: { ...bench.time, mean } }]));
    };
    const { rows, differences } = compareRuns(micro(1000), micro(1250));
    expect(differences).toEqual([]);
    expect(rows[0]).toMatchObject({
      subject: { kind: "bench", name: "sign/10" },
      metric: "time",
      ratio: { value: 1.25 },
    });
    expect(rows[1]).toMatchObject({ metric: "bytes", ratio: { value: 1 } });
  });
});
