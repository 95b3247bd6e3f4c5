import { join } from "node:path";
import { openRun } from "../collect/run-directory.ts";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { baselinesIn } from "../ledger/baselines.ts";
import { storedRunIn } from "../ledger/history.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { StoredRun } from "../verdict/comparable.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

/**
 * The runs that a word on the command line stands for: those of a baseline, or one (an id, a unique prefix, a directory,
 * last or last~1; of a run whose folder is gone, its id or a unique prefix). Throws PL_RUN_UNKNOWN.
 */
export async function storedRunsOf(host: Host, ledger: Ledger, word: string): Promise<StoredRun[]> {
  const baseline = await baselinesIn(ledger.layout).read(word);
  if (baseline !== undefined) return Promise.all(baseline.runs.map((id) => storedRun(host, ledger, id)));
  return [await storedRun(host, ledger, word)];
}

export async function runIdsOf(host: Host, ledger: Ledger, words: readonly string[]): Promise<string[]> {
  const runs = await Promise.all(words.map((word) => storedRunsOf(host, ledger, word)));
  const ids = runs.flat().map(({ record }) => record.runId);
  const outside = ids.filter((id) => ledger.database.prepare("SELECT 1 FROM runs WHERE id = ?").get(id) === undefined);
  if (outside.length === 0) return ids;
  throw new ProofloadError(
    "PL_RUN_UNKNOWN",
    "these runs are not in the ledger; `proofload ledger import DIRECTORY` first",
    {
      problems: outside.map((id) => ({ where: id, what: "it has not ended, or lies outside of .proofload/runs" })),
    },
  );
}

/** True when the word names a set of runs. */
export async function isBaseline(ledger: Ledger, word: string): Promise<boolean> {
  return (await baselinesIn(ledger.layout).read(word)) !== undefined;
}

async function storedRun(host: Host, ledger: Ledger, word: string): Promise<StoredRun> {
  try {
    const directory = await openRun(join(host.cwd, RUNS_DIRECTORY), word);
    return { plan: await directory.readPlan(), record: await directory.readRecord() };
  } catch (error) {
    if (!(error instanceof ProofloadError) || error.code !== "PL_RUN_UNKNOWN") throw error;
    const id = idInHistory(ledger, word);
    if (id === undefined) throw error;
    return storedRunIn(ledger, id);
  }
}

function idInHistory({ database }: Ledger, word: string): string | undefined {
  const ids = database
    .prepare("SELECT id FROM runs WHERE kind = 'run' AND substr(id, 1, length(?)) = ?")
    .all(word, word)
    .map(({ id }) => String(id));
  return ids.includes(word) ? word : ids.length === 1 && word !== "" ? ids[0] : undefined;
}
