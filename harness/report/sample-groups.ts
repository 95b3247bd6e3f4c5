import type { StoredRun } from "../verdict/comparable.ts";
import { seededRandom, standardNormal } from "../verdict/stats/random.ts";
import { sampleRun } from "./sample.ts";

export const sample = sampleRun("pass");
let made = 0;

/**
 * Runs of the same workload, whose latencies lie around `factor` times those of the sample, with 2 % of noise from run to
 * run.
 */
export function group(name: string, count: number, factor: number, seed: number, endpoints: readonly string[] = []) {
  const random = seededRandom(seed);
  const runs = Array.from({ length: count }, (): StoredRun => {
    const noise = Math.exp(0.02 * standardNormal(random));
    const scenarios = sample.record.scenarios.map((scenario) => ({
      ...scenario,
      endpoints: scenario.endpoints.map((endpoint) => {
        const { latency } = endpoint;
        if (latency === undefined) return endpoint;
        const times = noise * (endpoints.length === 0 || endpoints.includes(endpoint.endpoint) ? factor : 1);
        const { p50, p95, p99 } = latency;
        return { ...endpoint, latency: { ...latency, p50: p50 * times, p95: p95 * times, p99: p99 * times } };
      }),
    }));
    made += 1;
    return { plan: sample.plan, record: { ...sample.record, runId: `run-${made}`, scenarios } };
  });
  return { name, runs };
}
