import { openRunStream, type Patience, type RunStream, type RunStreamed } from "./collect/influx/run-stream.ts";
import { type InfluxSettings, readInfluxSettings } from "./collect/influx/settings.ts";
import { streamBooks } from "./collect/influx/stream-books.ts";
import type { RunRecord, ScenarioRecord } from "./collect/record.ts";
import { epochOf } from "./epoch.ts";
import type { Host } from "./host.ts";
import type { Plan } from "./plan/plan.ts";
import { runPoints } from "./report/influx-points.ts";
import type { Verdict } from "./verdict/verdict.ts";

/** A run ends soon after its load, whatever the database does: what is missing then is sent by `proofload stream`. */
const AT_THE_END = { withoutProgressMs: 10_000, atMostMs: 60_000 };
/** Between two scenarios only what flows is waited for, so that it does not flow during the next one's load. */
const IN_BETWEEN = { withoutProgressMs: 3000, atMostMs: 10_000 };

const NO_DATABASE = "PROOFLOAD_INFLUX_URL is not set: nothing is streamed to InfluxDB, and there is no live dashboard";

export interface StreamHost {
  readonly host: Pick<Host, "env" | "cwd" | "interrupted">;
  readonly onNote: (text: string) => void;
}

/** Settings for the stream of a run, or undefined with one hint where there are none. Throws PL_CONFIG. */
export async function streamSettings({ host, onNote }: StreamHost): Promise<InfluxSettings | undefined> {
  const settings = await readInfluxSettings(host.env, host.cwd);
  if (settings === undefined) onNote(NO_DATABASE);
  return settings;
}

/** The stream of a run that begins, or undefined where there is no database. */
export function openStream(
  settings: InfluxSettings | undefined,
  directory: string,
  { host, onNote }: StreamHost,
): RunStream | undefined {
  if (settings === undefined) return undefined;
  return openRunStream({ settings, directory, onNote, signal: host.interrupted });
}

/** Waits a little for what is being written of a scenario that has ended; a database that is away is not waited for. */
export async function afterScenario(stream: RunStream | undefined): Promise<void> {
  if (stream?.away() === undefined) await stream?.drain(IN_BETWEEN);
}

/** Waits for the rest, reads back what the database holds, and writes it into the books of the scenarios. */
export async function closeBooks(
  stream: RunStream | undefined,
  scenarios: readonly ScenarioRecord[],
  onStep: (text: string) => void,
): Promise<ScenarioRecord[]> {
  return stream === undefined ? [...scenarios] : withStreamBooks(scenarios, await settleStream(stream, onStep));
}

/** Waits for the rest, and asks the database what it holds. */
export async function settleStream(stream: RunStream, onStep: (text: string) => void): Promise<RunStreamed> {
  const onWaiting = (why: string) => onStep(`waiting for InfluxDB: ${why}`);
  await stream.drain({ ...AT_THE_END, onWaiting });
  return stream.settle();
}

export function withStreamBooks(scenarios: readonly ScenarioRecord[], streamed: RunStreamed): ScenarioRecord[] {
  return scenarios.map((scenario) => {
    const stream = streamBooks(scenario.name, scenario.books.lines, streamed);
    return stream === undefined ? scenario : { ...scenario, books: { ...scenario.books, stream } };
  });
}

/** Summary, verdicts and annotation, once the verdict is known. A sentence for the user when they are not written. */
export async function sendRunPoints(
  stream: RunStream | undefined,
  { plan, record, verdict }: { readonly plan: Plan; readonly record: RunRecord; readonly verdict: Verdict },
  patience: Patience = AT_THE_END,
): Promise<string | undefined> {
  const why = await stream?.write(runPoints(plan, record, verdict), patience);
  if (why === undefined) return undefined;
  return `not all of this run is in InfluxDB (${why}); \`proofload stream ${record.runId}\` sends it again`;
}

/** The live dashboard of a run; while it goes on, without an end. Undefined where no Grafana is named. */
export function dashboardLink(
  settings: InfluxSettings | undefined,
  { runId, createdAt }: Pick<Plan, "runId" | "createdAt">,
  endedAt?: number,
): string | undefined {
  if (settings?.grafanaUrl === undefined) return undefined;
  const from = epochOf(createdAt);
  const to = endedAt === undefined ? "now" : String(Math.ceil(endedAt));
  const query = new URLSearchParams({ "var-run": runId, from: String(from), to });
  return `${settings.grafanaUrl}/d/proofload-live?${query}`;
}
