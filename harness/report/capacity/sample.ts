import type { CapacityRecord, CapacityStep } from "../../collect/capacity-record.ts";
import { sampleRun } from "../sample.ts";

/** For tests of the verdict and the reports: 312/s held, 325/s did not, and half a CPU was not enough. */
export function sampleCapacity(): CapacityRecord {
  const { record } = sampleRun("pass");
  const [scenario] = record.scenarios;
  if (scenario === undefined) throw new TypeError("the sample has no scenario");
  return {
    schema: "proofload/capacity/1",
    runId: "20260314-085900-crud-1a2b",
    createdAt: "2026-03-14T08:59:00.000Z",
    proofloadVersion: "0.1.0",
    sharedHost: false,
    fingerprint: record.fingerprint,
    target: "shop",
    scenario: "crud",
    environment: scenario.environment,
    search: { from: 150, stepSeconds: 15, resolution: 0.05 },
    steps: [
      sampleStep({ rate: 150 }),
      sampleStep({ index: 1, rate: 300 }),
      sampleStep({ index: 2, rate: 600, ...broken(600) }),
      sampleStep({ index: 3, rate: 325, ...broken(325) }),
      sampleStep({ index: 4, rate: 312 }),
      sampleStep({ index: 5, rate: 312, purpose: "confirm", seconds: 45 }),
    ],
  };
}

export function sampleStep(change: Partial<CapacityStep> = {}): CapacityStep {
  const rate = change.rate ?? 150;
  const share = Math.min(1, rate / 330);
  const startedAt = 1_773_479_702_000 + (change.index ?? 0) * 20_000;
  return {
    index: 0,
    purpose: "search",
    rate,
    seconds: 15,
    startedAt,
    endedAt: startedAt + 19_000,
    outcome: "held",
    reasons: [],
    answered: rate,
    latency: { p50: 3.1, p95: 12 / (1.05 - share), p99: 40 },
    errorRate: 0,
    dropped: 0,
    inFlight: { mean: rate / 200, rise: 0.1, lower: -0.2, upper: 0.4 },
    unjudged: [],
    resources: [
      {
        resource: "service CPU quota",
        share,
        exhausted: share > 0.95,
        evidence: `the service used ${(share / 2).toFixed(2)} of its 0.5 CPUs`,
      },
      { resource: "connection pool", share: share / 5, exhausted: false, evidence: "6 of 30 connections were in use" },
    ],
    generator: { cpu: 0.1, ceiling: 2500 },
    ...change,
  };
}

function broken(rate: number): Partial<CapacityStep> {
  return {
    outcome: "failed",
    dropped: 40,
    errorRate: 0.02,
    reasons: [{ code: "dropped", sentence: `40 iterations were dropped at ${rate}/s` }],
  };
}
