import { join } from "node:path";
import { listRuns, openRun } from "../collect/run-directory.ts";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { runsOfBaselines } from "../ledger/baselines.ts";
import { pruneFolder } from "../ledger/history.ts";
import { layoutOf } from "../ledger/layout.ts";
import { plain } from "../report/plain.ts";
import { judge } from "../verdict/judge.ts";
import type { MakeCommand } from "./command.ts";
import { ledgerRoot } from "./ledger-root.ts";
import { remember } from "./remember.ts";
import { RUNS_DIRECTORY } from "./runs-directory.ts";

interface RunsOptions {
  readonly json: boolean;
  readonly prune: number | undefined;
}

/** Lists stored runs, newest last; `--prune N` keeps the newest N and deletes the others. */
export const runsCommand: MakeCommand<RunsOptions> = (host, finish) => ({
  command: "runs",
  describe: "List stored runs, newest last",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "machine-readable" })
      .option("prune", {
        type: "number",
        describe: "keep the newest N runs and those of baselines, delete the others; their figures stay in the history",
      })
      .example("$0 runs --prune 20", "keep the newest twenty"),
  handler: async ({ json, prune }) => {
    const root = join(host.cwd, RUNS_DIRECTORY);
    if (prune !== undefined) {
      await pruneRuns(host, prune);
    }
    const ids = await listRuns(root);
    const rows = await Promise.all(ids.map(async (id) => ({ id, verdict: await verdictOf(root, id) })));
    if (json) {
      host.out.write(`${JSON.stringify(rows, null, 2)}\n`);
    } else {
      host.out.write(rows.length === 0 ? "no runs yet\n" : rows.map((row) => `${row.id}  ${row.verdict}\n`).join(""));
    }
    finish(0);
  },
});

/** Figures of a pruned run stay in the history; runs of a baseline stay whole. */
async function pruneRuns(host: Host, keep: number): Promise<void> {
  if (!Number.isInteger(keep) || keep < 0) {
    throw new ProofloadError("PL_USAGE", `--prune ${keep} is no number of runs; type --prune 20`);
  }
  const root = ledgerRoot(host);
  const held = await runsOfBaselines(root);
  const ids = await listRuns(join(host.cwd, RUNS_DIRECTORY));
  const old = ids.slice(0, Math.max(0, ids.length - keep));
  for (const id of old.filter((one) => !held.has(one))) {
    try {
      await pruneFolder(layoutOf(root), id);
    } catch (error) {
      if (!(error instanceof ProofloadError)) throw error;
      host.out.note(`${id} is kept, since its figures would be lost: ${plain(error.message, 300)}\n`);
    }
  }
  const kept = old.filter((id) => held.has(id)).length;
  if (kept > 0) host.out.note(`${kept} older runs are kept: they belong to a baseline\n`);
  await remember(host);
}

/** A run that cannot be read is shown as what it is, and the others still are. */
async function verdictOf(root: string, id: string): Promise<string> {
  try {
    const run = await openRun(root, id);
    return judge(await run.readPlan(), await run.readRecord()).sentence;
  } catch (error) {
    return error instanceof ProofloadError ? "no record: the run did not end" : String(error);
  }
}
