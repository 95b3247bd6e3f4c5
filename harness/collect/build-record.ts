import { join } from "node:path";
import type { EnvironmentFacts } from "../environment/environment.ts";
import type { DriveOutcome } from "../load/outcome.ts";
import type { WorkloadHash } from "../load/workload-hash.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { aggregateStore, createLogStore } from "./aggregate.ts";
import { assembleRecord, type RecordInputs } from "./assemble-record.ts";
import { readK6Summary } from "./k6-summary.ts";
import { decodeExport } from "./otlp.ts";
import { noDamage, replayRawLog } from "./raw-log-records.ts";
import type { ReceiverCounts } from "./receiver.ts";
import type { ScenarioRecord } from "./record.ts";
import type { SeriesStore } from "./series-store.ts";

export interface BuildOptions {
  readonly scenario: ScenarioPlan;
  readonly environment: EnvironmentFacts;
  readonly outcome: DriveOutcome;
  readonly workload: WorkloadHash;
  /** Folder of the scenario, with metrics.otlp. */
  readonly directory: string;
  readonly scrapes: RecordInputs["scrapes"];
  readonly samples: RecordInputs["resources"];
  readonly receiver: Pick<ReceiverCounts, "refused">;
}

/**
 * Reads what a scenario left in its folder and makes its record. Throws PL_RUN_UNREADABLE when k6's summary or the raw
 * log cannot be read. That k6 left no summary is no error here: the books say so.
 */
export async function buildScenarioRecord(options: BuildOptions): Promise<ScenarioRecord> {
  const { scenario, environment, outcome, workload, directory, scrapes, samples, receiver } = options;
  const { summaryFile } = outcome;
  const summary = summaryFile === undefined ? undefined : await readK6Summary(summaryFile);
  const { store, damaged } = await readRawLog(join(directory, "metrics.otlp"));
  return assembleRecord({
    plan: scenario,
    environment,
    outcome,
    workload,
    summary,
    log: aggregateStore(store, scenario.kind),
    damaged,
    refused: receiver.refused,
    scrapes,
    resources: samples,
  });
}

/** Replays a raw log. `damaged` counts what is no intact record, and records that are no export. */
export async function readRawLog(path: string): Promise<{ readonly store: SeriesStore; readonly damaged: number }> {
  const damage = noDamage();
  const store = createLogStore();
  let undecodable = 0;
  for await (const body of replayRawLog(path, damage)) {
    try {
      store.add(decodeExport(body));
    } catch {
      undecodable += 1;
    }
  }
  return { store, damaged: damage.records + undecodable };
}
