import type { Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import type { Plan } from "../plan/plan.ts";
import type { RunRecord } from "./record.ts";

export interface Provenance {
  readonly proofloadVersion: string;
  readonly commit?: RunRecord["commit"];
  readonly sharedHost: boolean;
  readonly fingerprint: Fingerprint;
}

/** The record of a run: which run it is, of what, and what was measured so far. */
export function runRecord(
  { runId, suite, createdAt }: Plan,
  { proofloadVersion, commit, sharedHost, fingerprint }: Provenance,
  measured: Pick<RunRecord, "scenarios" | "micro" | "outOfMemory">,
): RunRecord {
  return {
    schema: "proofload/record/1",
    runId,
    suite,
    createdAt,
    proofloadVersion,
    ...(commit === undefined ? {} : { commit }),
    sharedHost,
    fingerprint,
    ...measured,
  };
}
