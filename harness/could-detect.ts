import { basename, dirname } from "node:path";
import { openLedger } from "./ledger/ledger.ts";
import { noiseBook } from "./ledger/noise-book.ts";
import { couldDetectSentences } from "./report/could-detect.ts";
import type { StoredRun } from "./verdict/comparable.ts";

/**
 * What a stored run could have detected, a sentence for each scenario, by the noise that the ledger beside it knows. Empty
 * where the run lies in no `.proofload/runs`, or the ledger cannot be opened: a report is worth having without it.
 */
export async function couldDetect(directory: string, run: StoredRun): Promise<readonly string[]> {
  const runs = dirname(directory);
  if (basename(runs) !== "runs") return [];
  try {
    using ledger = await openLedger(dirname(runs));
    return couldDetectSentences(run.record, noiseBook(ledger, run));
  } catch {
    return [];
  }
}
