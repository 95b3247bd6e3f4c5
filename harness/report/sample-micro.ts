/** A micro-benchmark that never ran, for tests of what judges and renders. */
import type { BenchRecord, MicroProcess, MicroRecord } from "../collect/micro-record.ts";
import type { RunRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { MicroPlan, Plan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";

export function sampleBench(name: string, more: Partial<BenchRecord> = {}): BenchRecord {
  const ns = 1000;
  return {
    name,
    items: 1,
    callsPerSample: 1,
    samples: 1000,
    calls: 1000,
    time: { mean: ns, min: 900, p50: ns, p90: 1100, p95: 1200, p99: 1500, max: 3000 },
    rounds: [990, 1000, 1010, 1000],
    bytes: { median: 100, lower: 99, upper: 101, counts: 9 },
    gc: { count: 2, ns: 50_000 },
    samplesFile: `micro/sample/samples/${name}.jsonl`,
    ...more,
  };
}

export function sampleProcess(more: Partial<MicroProcess> = {}): MicroProcess {
  return {
    exit: { kind: "completed" },
    wallSeconds: 2,
    cpuSeconds: 1.9,
    waitSeconds: 0.01,
    foreignShare: 0.05,
    idleRssBytes: 50 * 1024 ** 2,
    peakRssBytes: 150 * 1024 ** 2,
    clockNs: 30,
    ...more,
  };
}

export function sampleMicroRecord(benches: readonly BenchRecord[], more: Partial<MicroRecord> = {}): MicroRecord {
  return {
    name: "sample",
    title: "A sample",
    target: "shop",
    workload: { hash: "4c1f".repeat(16), script: "77ae".repeat(16) },
    nodeFlags: ["--expose-gc"],
    startedAt: 0,
    endedAt: 2500,
    processes: [sampleProcess()],
    benches,
    profiles: [],
    ...more,
  };
}

function sampleMicroPlan(limits: readonly string[]): MicroPlan {
  return {
    name: "sample",
    title: "A sample",
    target: "shop",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    script: "/here/sample.bench.ts",
    budgets: limits.map((limit) => budget(limit)),
    nodeFlags: ["--expose-gc"],
    timing: { warmupMs: 1, rounds: 4, roundMs: 1, heapRepeats: 9 },
  };
}

export function sampleMicroRun(
  limits: readonly string[],
  record: MicroRecord,
): { readonly plan: Plan; readonly record: RunRecord } {
  const common = { runId: "20260101-000000-micro-0000", createdAt: "2026-01-01T00:00:00.000Z", suite: "micro sample" };
  return {
    plan: {
      ...common,
      schema: "proofload/plan/1",
      environment: { kind: "process" },
      scenarios: [],
      micro: [sampleMicroPlan(limits)],
      requirements: [{ id: "A-1", target: "shop", promise: "it is quick", measuredBy: "micro sample" }],
    },
    record: {
      ...common,
      schema: "proofload/record/1",
      proofloadVersion: "0.1.0",
      sharedHost: false,
      fingerprint: { machine: sampleFingerprint().machine, calibration: sampleFingerprint().calibration },
      scenarios: [],
      micro: [record],
    },
  };
}
