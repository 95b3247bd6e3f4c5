import { access } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { aggregateStore } from "./collect/aggregate.ts";
import { readRawLog } from "./collect/build-record.ts";
import type { InfluxClient } from "./collect/influx/client.ts";
import { openRunStream, type Patience, type RunStream, type RunStreamed } from "./collect/influx/run-stream.ts";
import type { InfluxSettings } from "./collect/influx/settings.ts";
import { streamBooks, unexplained } from "./collect/influx/stream-books.ts";
import { readK6Summary } from "./collect/k6-summary.ts";
import { noDamage, replayRawLog } from "./collect/raw-log-records.ts";
import type { BooksRecord, RunRecord, StreamBooks } from "./collect/record.ts";
import type { RunDirectory } from "./collect/run-directory.ts";
import { completeLog } from "./collect/tail-raw-log.ts";
import { ProofloadError } from "./errors.ts";
import type { Plan, ScenarioPlan } from "./plan/plan.ts";
import { writeReports } from "./reports.ts";
import { sendRunPoints, withStreamBooks } from "./stream.ts";
import { judge } from "./verdict/judge.ts";

export interface RestreamOptions {
  readonly settings: InfluxSettings;
  /** How long a database that takes nothing is waited for, milliseconds. */
  readonly patienceMs: number;
  readonly onStep: (text: string) => void;
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Restreamed {
  readonly runId: string;
  readonly scenarios: readonly { readonly scenario: string; readonly books: StreamBooks }[];
  /** Of every metric: sent = written + rejected, and nothing is left in the log. */
  readonly closed: boolean;
  /** Epoch milliseconds of the end of its load, where the record tells. */
  readonly endedAt?: number;
}

/**
 * Sends a stored run to the database, once more or for the first time; what is there already is written over with the
 * same values. The record gets the books as they are now, and verdict and reports are made again from it. Throws
 * PL_INFLUX when the database cannot be reached in time, or refuses.
 */
export async function restream(directory: RunDirectory, options: RestreamOptions): Promise<Restreamed> {
  const { settings, patienceMs, onStep, onNote, signal } = options;
  const plan = await directory.readPlan();
  const record = (await isThere(join(directory.path, "record.json"))) ? await directory.readRecord() : undefined;
  const scenarios = await scenariosWithLog(plan, directory);
  await using stream = openRunStream({ settings, directory: directory.path, onNote, signal });
  const { major } = await reached(stream.client, patienceMs, onStep, signal);
  if (await isAnyDamaged(scenarios.map(({ log }) => log))) {
    // What was streamed while the log was whole may stand at times that the rest of it does not give again.
    onStep("the raw log is damaged: deleting what the database holds of this run");
    const isDeleted = await stream.client.deleteRun(plan.runId, signal);
    if (!isDeleted)
      onNote(`InfluxDB ${major} cannot delete: points of the damaged part may be left of an earlier time`);
  }
  for (const { scenario, folder } of scenarios) {
    const { name, target, kind } = scenario;
    stream.scenario({ run: plan.runId, name, target, kind, plan: scenario, directory: folder }, completeLog());
  }
  const patience: Patience = {
    withoutProgressMs: patienceMs,
    atMostMs: Number.POSITIVE_INFINITY,
    onWaiting: (why) => onStep(`${plan.runId}: ${why}`),
  };
  await stream.drain(patience);
  signal.throwIfAborted();
  const streamed = await stream.settle();
  if (streamed.trouble !== undefined) throw new ProofloadError("PL_INFLUX", streamed.trouble);

  const books = await booksNow(scenarios, record, streamed);
  if (record !== undefined) await bringUpToDate({ directory, plan, record, streamed, stream, patience, onNote });
  const closed = books.every(({ books: { lines } }) =>
    lines.every((line) => unexplained(line) === 0 && line.pending === 0),
  );
  const ends = (record?.scenarios ?? []).map(({ outcome }) => outcome.endedAt);
  return { runId: plan.runId, scenarios: books, closed, ...(ends.length === 0 ? {} : { endedAt: Math.max(...ends) }) };
}

interface LoggedScenario {
  readonly scenario: ScenarioPlan;
  readonly folder: string;
  readonly log: string;
}

/** A run that was cut short has no log of its later scenarios. */
async function scenariosWithLog(plan: Plan, directory: RunDirectory): Promise<LoggedScenario[]> {
  const all = plan.scenarios.map((scenario) => {
    const folder = join(directory.path, "scenarios", scenario.name);
    return { scenario, folder, log: join(folder, "metrics.otlp") };
  });
  const there = await Promise.all(all.map(({ log }) => isThere(log)));
  return all.filter((_, index) => there[index]);
}

async function isAnyDamaged(logs: readonly string[]): Promise<boolean> {
  for (const log of logs) {
    const damage = noDamage();
    for await (const _ of replayRawLog(log, damage)) {
      // Only what lies between the records is looked for.
    }
    if (damage.records > 0) return true;
  }
  return false;
}

/** Asks until it answers. */
async function reached(
  client: InfluxClient,
  patienceMs: number,
  onStep: (text: string) => void,
  signal: AbortSignal,
): ReturnType<InfluxClient["ping"]> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    try {
      return await client.ping(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProofloadError) || Date.now() >= giveUpAt) throw error;
      onStep(`waiting for InfluxDB: ${error.message}`);
      await sleep(Math.min(1000, Math.max(0, giveUpAt - Date.now())), undefined, { signal }).catch(() => undefined);
    }
  }
}

async function booksNow(
  scenarios: readonly LoggedScenario[],
  record: RunRecord | undefined,
  streamed: RunStreamed,
): Promise<Restreamed["scenarios"]> {
  const books: { scenario: string; books: StreamBooks }[] = [];
  for (const { scenario, folder, log } of scenarios) {
    const known = record?.scenarios.find(({ name }) => name === scenario.name)?.books.lines ?? [];
    const lines = known.length > 0 ? known : await linesOf(scenario, folder, log);
    const own = streamBooks(scenario.name, lines, streamed);
    if (own !== undefined) books.push({ scenario: scenario.name, books: own });
  }
  return books;
}

/** Of a run that was killed: k6's summary where k6 could still write it, else the log is all that there is. */
async function linesOf(scenario: ScenarioPlan, folder: string, log: string): Promise<BooksRecord["lines"]> {
  const file = join(folder, "k6-summary.json");
  const summary = (await isThere(file)) ? await readK6Summary(file) : undefined;
  const { store } = await readRawLog(log);
  const { totals } = aggregateStore(store, scenario.kind);
  return [...(summary?.totals() ?? totals)]
    .map(([metric, k6]) => ({ metric, k6, log: totals.get(metric) ?? 0 }))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1));
}

/** A run that had come to a verdict gets one from the books as they are now; one that was cut short does not. */
async function bringUpToDate(of: {
  readonly directory: RunDirectory;
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly streamed: RunStreamed;
  readonly stream: RunStream;
  readonly patience: Patience;
  readonly onNote: (text: string) => void;
}): Promise<void> {
  const { directory, plan, streamed, stream, patience, onNote } = of;
  if (!(await isThere(join(directory.path, "verdict.json")))) return;
  const record = { ...of.record, scenarios: withStreamBooks(of.record.scenarios, streamed) };
  await directory.write("record.json", record);
  const verdict = judge(plan, record);
  await directory.write("verdict.json", verdict);
  await writeReports(directory, { plan, record, verdict });
  const missing = await sendRunPoints(stream, { plan, record, verdict }, patience);
  if (missing !== undefined) onNote(missing);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
