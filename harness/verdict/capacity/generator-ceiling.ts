import type { CapacityStep } from "../../collect/capacity-record.ts";
import type { ScenarioRecord } from "../../collect/record.ts";
import type { MachineFacts } from "../../environment/fingerprint/fingerprint.ts";

/** Of all cores, where k6 shares them with what it measures: beyond, it takes from the service what it measures. */
const SHARED = 0.4;
/** Of cores that are k6's own: short of the 90 % at which a run is invalid. */
const OWN = 0.6;
/** Below this use the clock of the kernel (10 ms) and k6's own base load say little about the next rate. */
const LEAST_CPU = 0.02;

/**
 * Cores that k6 used, and the rate from which on it would use more than it may: four tenths of every core that it
 * shares. What it does beside the requests of the load is counted as theirs, so the ceiling is too low rather than too
 * high, and rises with the rate.
 */
export function generatorCeiling(record: ScenarioRecord, { cpus }: MachineFacts): CapacityStep["generator"] {
  const { warmupSeconds: from, measuredSeconds, instrument } = record;
  const measured = record.resources
    .filter(({ part, metric }) => part === "k6" && metric === "cpu")
    .flatMap(({ points }) => points)
    .flatMap(([second, value]) => (second >= from + 1 ? [value] : []));
  const cpu = measured.length === 0 ? 0 : measured.reduce((sum, value) => sum + value, 0) / measured.length;
  const requests = record.endpoints
    .filter(({ phase }) => phase === "measured")
    .reduce((sum, endpoint) => sum + endpoint.requests, 0);
  if (cpu < LEAST_CPU || requests === 0 || measuredSeconds <= 0) return { cpu };
  const canary = instrument.canary?.count ?? 0;
  const perRequest = cpu / ((requests + canary) / measuredSeconds);
  const { allowedCores } = instrument.generator;
  const limit = allowedCores < cpus ? allowedCores * OWN : cpus * SHARED;
  return { cpu, ceiling: limit / perRequest };
}
