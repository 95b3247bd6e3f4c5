import type { ScenarioPlan } from "../plan/plan.ts";
import type { StoredRun } from "./comparable.ts";
import { endpoint, histogramAt, latency, plan, run, scenarioPlan, scenarioRecord } from "./sample-browse.ts";
import { seededRandom, standardNormal } from "./stats/random.ts";

/** Endpoint → its p50 in ms; p95 and p99 are two and three times as much. */
const MEDIANS = { "cart.read": 3, "orders.list": 7 };
const [planned] = scenarioPlan([]).endpoints;
const PLAN: ScenarioPlan = {
  ...scenarioPlan([]),
  endpoints: Object.keys(MEDIANS).flatMap((name) => (planned === undefined ? [] : [{ ...planned, name }])),
};
let made = 0;

/**
 * Runs of the same workload, whose latencies lie around `factor` times those of the sample, with 1 % of noise from run to
 * run; where endpoints are named, those of these alone.
 */
export function group(name: string, count: number, factor: number, seed: number, endpoints: readonly string[] = []) {
  const random = seededRandom(seed);
  const runs = Array.from({ length: count }, (): StoredRun => {
    const noise = Math.exp(0.01 * standardNormal(random));
    const measured = Object.entries(MEDIANS).map(([of, median]) => {
      const p50 = median * noise * (endpoints.length === 0 || endpoints.includes(of) ? factor : 1);
      return endpoint({
        endpoint: of,
        latency: { ...latency(p50), p95: 2 * p50, p99: 3 * p50 },
        histogram: { ...histogramAt(median, 1000), min: 0, max: 10 * median },
      });
    });
    made += 1;
    return { plan: plan(PLAN), record: { ...run(scenarioRecord({ endpoints: measured })), runId: `run-${made}` } };
  });
  return { name, runs };
}
