import { z } from "zod";
import { planSchema } from "../collect/plan-schema.ts";
import { environmentSchema, fingerprintSchema } from "../environment/facts-schema.ts";
import { sha256 } from "../load/workload-hash.ts";
import { canonicalText } from "../plan/differences.ts";
import { workloadOf } from "../plan/workload.ts";
import { likenessOf } from "../verdict/comparable.ts";
import type { LedgerEntry } from "./entry.ts";

const measured = z.object({
  scenario: z.string(),
  fingerprint: fingerprintSchema,
  environment: environmentSchema,
  search: z.object({ stepSeconds: z.number(), resolution: z.number() }),
  steps: z.array(z.unknown()),
});
const answer = z.object({ capacity: z.object({ held: z.number(), failed: z.number().exactOptional() }) });

export interface CapacityPart {
  readonly environment: string;
  /** Everything in which two searches have to be equal to stand in one series, as text. */
  readonly likeness: string;
  readonly fingerprint: string;
  /** Requests per second: the highest rate that held, and the lowest that did not; Infinity where none was found. */
  readonly lower: number;
  readonly upper: number;
  /** Rates that were tried. */
  readonly count: number;
}

/**
 * The answer of a search for capacity. Undefined where it gave up, or comes from a version with other fields: its row in
 * the ledger stays. What a rate has to hold are the budgets, so that they belong to the likeness here; the script does not,
 * because no search records it.
 */
export function capacityPart({ plan, record, verdict }: LedgerEntry): CapacityPart | undefined {
  const [planned, found, said] = [planSchema.safeParse(plan), measured.safeParse(record), answer.safeParse(verdict)];
  if (!planned.success || !found.success || !said.success) return undefined;
  const { fingerprint, environment, search, steps, scenario: name } = found.data;
  const scenario = planned.data.scenarios.find((one) => one.name === name);
  if (scenario === undefined) return undefined;
  const budgets = [scenario.budgets, ...scenario.endpoints.map((endpoint) => endpoint.budgets)].map((own) =>
    own.filter(({ metric }) => metric !== "capacity").map(({ text }) => text),
  );
  const hash = sha256(canonicalText({ workload: workloadOf(scenario), budgets, search }));
  const likeness = canonicalText(likenessOf({ fingerprint }, { environment, workload: { hash } }));
  const { held, failed = Number.POSITIVE_INFINITY } = said.data.capacity;
  return {
    environment: environment.kind,
    likeness,
    fingerprint: sha256(likeness),
    lower: held,
    upper: failed,
    count: steps.length,
  };
}
