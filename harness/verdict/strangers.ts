import type { ScenarioRecord } from "../collect/record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";

/**
 * Share (0…1) of the measured phase in which processes outside the run took more than half of the machine. k6 and the
 * canary go first (ADR 0003) and may not notice, but the service does. Undefined where that is not known, and where the
 * service runs elsewhere: there it would be a stranger itself.
 */
export function strangersShare(
  { environment, resources, warmupSeconds }: ScenarioRecord,
  { cpus }: MachineFacts,
): number | undefined {
  if (environment.kind === "url") return undefined;
  const measured = resources
    .filter(({ part, metric }) => part === "machine" && metric === "foreign_cpu")
    .flatMap(({ points }) => points)
    .filter(([second]) => second >= warmupSeconds);
  if (measured.length === 0) return undefined;
  const half = cpus / 2;
  return measured.filter(([, cores]) => cores > half).length / measured.length;
}
