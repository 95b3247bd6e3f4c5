import { join } from "node:path";
import type { EntryKind } from "./entry.ts";

/**
 * What lies in `.proofload`. The database is an index and nothing but that: what cannot be measured again lies in files.
 *
 *   runs/<id>/  ab/<id>/  capacity/<id>/   measurements, each with its plan, record, verdict and reports
 *   history/<sha256>.json.gz               those whose folder is gone or never was here: pruned, imported
 *   studies/<name>/<id>.json               what was measured about proofload itself; not in the index
 *   baselines/<name>.json                  named sets of runs
 *   accepted/<id>.json                     change points that were acknowledged
 *   ledger.sqlite                          made from runs, ab, capacity and history; may be deleted at any time
 */
export function layoutOf(root: string) {
  return {
    root,
    database: join(root, "ledger.sqlite"),
    history: join(root, "history"),
    studies: join(root, "studies"),
    baselines: join(root, "baselines"),
    accepted: join(root, "accepted"),
  };
}

export type LedgerLayout = ReturnType<typeof layoutOf>;

/** Where each kind lies, and in which files; `last` is written last: without it a measurement has not ended. */
export const FOLDERS: Readonly<Record<EntryKind, { folder: string; record: string; last: string }>> = {
  run: { folder: "runs", record: "record.json", last: "verdict.json" },
  ab: { folder: "ab", record: "ab.json", last: "verdict.json" },
  capacity: { folder: "capacity", record: "capacity.json", last: "capacity.json" },
};
