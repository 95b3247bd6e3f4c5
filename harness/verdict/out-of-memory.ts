import type { OutOfMemoryRecord, RunRecord } from "../collect/record.ts";
import type { Reason } from "./verdict.ts";

/**
 * What memory that did not suffice means for a scenario: a FAIL of the service, whatever else was measured. Undefined for
 * those that were over before. Scenarios that come after it were not driven, for that reason.
 */
export function outOfMemoryReason(record: RunRecord, scenario: string): Reason | undefined {
  const { outOfMemory: death } = record;
  if (death === undefined) return undefined;
  const wasDriven = record.scenarios.some(({ name }) => name === scenario);
  if (wasDriven && death.scenario !== scenario) return undefined;
  const own = death.scenario === scenario || death.scenario === undefined;
  const sentence = own ? deathSentence(death) : `not driven, because the run had ended: ${deathSentence(death)}`;
  const remedy = `Give ${subject(death)} more memory in the profile, or find out what it keeps: its last lines are in the log.`;
  return { kind: "FAIL", code: "out of memory", sentence, remedy };
}

/** "out of memory: the service went past 256 MiB under load" */
export function deathSentence(death: OutOfMemoryRecord): string {
  const limit = `${Math.round(death.limitBytes / 1024 ** 2)} MiB`;
  const when = death.during === "load" ? "under load" : "before load, while it was started or seeded";
  return `out of memory: ${subject(death)} went past ${limit} ${when}`;
}

function subject({ part }: OutOfMemoryRecord): string {
  return part === "service" ? "the service" : part === "postgres" ? "Postgres" : "Redis";
}
