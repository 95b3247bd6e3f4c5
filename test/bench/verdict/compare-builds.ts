/** One comparison for the bench, driven as `proofload ab` drives it. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { planAb } from "../../../harness/ab/plan-ab.ts";
import { proveAb } from "../../../harness/ab/prove-ab.ts";
import type { AbDesign, Pair } from "../../../harness/collect/ab-record.ts";
import { planRun } from "../../../harness/commands/plan-request.ts";
import type { Host } from "../../../harness/host.ts";
import { nodeHost } from "../../../harness/node-host.ts";
import type { AaResult } from "../../../harness/verdict/ab/calibration.ts";
import { figureName } from "../../../harness/verdict/ab/decide-ab.ts";
import { proofloadVersion } from "../../../harness/version.ts";
import { ROOT } from "../bench-k6.ts";
import type { Bench } from "./part.ts";

const SCENARIO = "project-reads";
const CONFIGURATION = join(import.meta.dirname, "proofload.config.ts");

export interface Comparison {
  readonly given: Pair<string>;
  readonly design: AbDesign;
  readonly minutes: number;
  readonly margin?: string;
  readonly seed: number;
}

/** One for all comparisons: each would listen to signals anew. */
let here: Host | undefined;

/**
 * Does the work of so many minutes if there is time for it, and once more where it fails: one process that died need not
 * end a night's measurement. What fails twice is no chance. Nothing is kept of a comparison that failed; that it did is
 * said. False when the time is up, or somebody ended it.
 */
export async function inTime(minutes: number, bench: Bench, work: () => Promise<void>): Promise<boolean> {
  for (let tried = 0; ; tried += 1) {
    if (bench.signal.aborted || !fits(minutes, bench)) return false;
    try {
      await work();
      return true;
    } catch (error) {
      if (bench.signal.aborted) return false;
      if (tried > 0) throw error;
      bench.note(`failed, and is tried once more: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function fits(minutes: number, bench: Bench): boolean {
  const isIn = Date.now() + minutes * 60_000 <= bench.until;
  if (!isIn) bench.note(`the time is up: the next comparison may take ${minutes} min, and comes with the next call`);
  return isIn;
}

/** Everything of the comparison that a study keeps; the harness's own files stay in .proofload/ab. */
export async function compareBuilds(comparison: Comparison, bench: Bench): Promise<AaResult> {
  here ??= nodeHost();
  const host: Host = { ...here, cwd: ROOT, interrupted: bench.signal };
  const began = Date.now();
  const { plan, configDirectory } = await planRun(host, {
    what: [SCENARIO],
    config: CONFIGURATION,
    env: "embedded",
    "scale-profile": false,
    budget: [],
    setting: [],
  });
  const request = { ...comparison, starts: undefined, measure: "12s", margin: comparison.margin, gate: [] };
  // Two comparisons in one second must not share a folder.
  const runId = `${plan.runId}-${randomBytes(2).toString("hex")}`;
  const { record, verdict } = await proveAb(planAb({ ...plan, runId }, request), host, {
    abDirectory: join(ROOT, ".proofload", "ab"),
    configDirectory,
    shareHost: process.env["PROOFLOAD_SHARE_HOST"] === "1",
    proofloadVersion: proofloadVersion(),
    // The bench knows why: half a minute more for each regression found.
    explain: false,
    onProgress: (progress) => {
      if (progress.kind === "note") bench.note(progress.text);
    },
  });
  const { kind, sentence } = verdict;
  return { seconds: (Date.now() - began) / 1000, record, rules: verdict.rules, verdict: { kind, sentence } };
}

/** Without the figures that decide nothing: nine of ten. */
export function deciding<Result extends AaResult>(result: Result): Result {
  const { record } = result;
  const gated = new Set(record.gated.map(figureName));
  const starts = record.starts.map((start) => ({
    ...start,
    figures: start.figures.filter((figure) => gated.has(figureName(figure))),
  }));
  return { ...result, record: { ...record, starts } };
}
