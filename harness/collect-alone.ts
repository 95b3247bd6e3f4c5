import {
  COLLECTED,
  type CollectAddress,
  collectAddress,
  collectPlan,
  keepAddress,
} from "./collect/collect-directory.ts";
import type { Collected, CollectReady } from "./collect/collected.ts";
import { streamBooks } from "./collect/influx/stream-books.ts";
import { openReceiver, type ReceiverCounts } from "./collect/receiver.ts";
import { continueRunDirectory } from "./collect/run-directory.ts";
import { createLogGrowth } from "./collect/tail-raw-log.ts";
import { createTally } from "./collect/tally.ts";
import { takeFolderLock } from "./environment/host-lock.ts";
import type { Host } from "./host.ts";
import { otlpEnvironment } from "./load/k6-arguments.ts";
import { openStream, settleStream, streamSettings } from "./stream.ts";

export interface CollectOptions {
  readonly output: string;
  readonly runId: string;
  readonly target: string;
  /** Undefined: as before in this folder, else OpenTelemetry's. */
  readonly port: number | undefined;
  readonly secretFile: string | undefined;
  readonly onReady: (ready: CollectReady) => void;
  /** Sentences about the database. */
  readonly onNote: (text: string) => void;
  /** About once a second. */
  readonly onProgress: (counts: ReceiverCounts, totals: ReadonlyMap<string, number>) => void;
}

/**
 * The receiver alone, for load that somebody else drives: keeps what comes until it is interrupted, then everything
 * under way. Throws PL_RUN_DIRECTORY when another process works in the folder, PL_PORT_TAKEN.
 */
export async function collectAlone(host: Host, options: CollectOptions): Promise<Collected> {
  // An interruption is how this ends: what was kept by then is still sent.
  const streamHost = { host: { ...host, interrupted: new AbortController().signal }, onNote: options.onNote };
  const settings = await streamSettings(streamHost);
  const createdAt = new Date(host.now()).toISOString();
  const directory = await continueRunDirectory(options.output);
  await using _ = await takeFolderLock(directory.path, { pid: process.pid, since: createdAt, what: "collect" });
  const plan = await collectPlan(directory, { ...options, createdAt });
  const address = await collectAddress(directory, options);
  const tally = createTally();
  const folder = await directory.scenario(COLLECTED);
  const log = createLogGrowth();
  await using receiver = await openReceiver({
    directory: folder,
    ...address,
    onExport: (received) => tally.add(received),
    onKept: (end) => log.grew(end),
  });
  log.grew(receiver.logEnd());
  await using stream = openStream(settings, directory.path, streamHost);
  const [{ target } = { target: options.target }] = plan.scenarios;
  stream?.scenario({ run: plan.runId, name: COLLECTED, target, kind: "k6", directory: folder }, log);
  const environment = otlpEnvironment({ host: receiver.address, path: receiver.path });
  await keepAddress(directory, addressOf(receiver.address, address), environment);
  options.onReady({ directory: directory.path, environment, opened: receiver.opened });
  await tally.replay(receiver.logFile);
  const ticker = setInterval(() => options.onProgress(receiver.counts(), tally.totals()), 1000);
  await interrupted(host.interrupted).finally(() => clearInterval(ticker));
  await receiver.close();
  log.ended();
  const totals = [...tally.totals()].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = totals.map(([metric, count]) => ({ metric, k6: count, log: count }));
  const streamed = stream === undefined ? undefined : await settleStream(stream, options.onNote);
  const books = streamed === undefined ? undefined : streamBooks(COLLECTED, lines, streamed);
  return {
    runId: plan.runId,
    directory: directory.path,
    receiver: receiver.counts(),
    totals: Object.fromEntries(totals),
    overflow: tally.overflow(),
    damaged: receiver.opened.damage.records,
    ...(books === undefined ? {} : { stream: books }),
  };
}

/** With the port that was really taken, where any would do. */
function addressOf(address: string, { secret }: CollectAddress): CollectAddress {
  return { port: Number(address.slice(address.lastIndexOf(":") + 1)), secret };
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
