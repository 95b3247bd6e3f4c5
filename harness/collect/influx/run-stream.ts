import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogGrowth, type LogGrowth } from "../tail-raw-log.ts";
import { createInfluxClient, type InfluxClient, type InfluxServer } from "./client.ts";
import { toLine } from "./line.ts";
import type { Point } from "./point.ts";
import { readBack } from "./read-back.ts";
import { createSeriesBudget } from "./series-budget.ts";
import type { InfluxSettings } from "./settings.ts";
import {
  type ScenarioSource,
  type ScenarioStreamed,
  type ScenarioStreamer,
  type StreamedPoint,
  scenarioStreamer,
} from "./stream-scenario.ts";
import { createWriter, type Line, WritingStopped } from "./writer.ts";

export interface RunStreamOptions {
  readonly settings: InfluxSettings;
  /** Folder of the run; lines that the database refuses are kept in it, in rejected.jsonl. */
  readonly directory: string;
  /** Sentences for the user: the database is away, is there again, refuses. */
  readonly onNote?: (text: string) => void;
  /** Aborted when the user stops the run: nothing is waited for any more. */
  readonly signal?: AbortSignal;
}

/** How long to wait for a database that takes nothing, and in all; milliseconds. */
export interface Patience {
  readonly withoutProgressMs: number;
  readonly atMostMs: number;
  /** Called after a second, and then now and then, while there is something to wait for. */
  readonly onWaiting?: (why: string) => void;
}

/** Everything that the books and the report need to know of the stream of a run. */
export interface RunStreamed {
  readonly scenarios: readonly {
    readonly streamed: ScenarioStreamed;
    /** Samples by metric that were read from the database; undefined when it could not be asked. */
    readonly written: ReadonlyMap<string, number> | undefined;
  }[];
  readonly server: InfluxServer | undefined;
  readonly bucket: string;
  /** Lines that the database refused, and the first reasons. */
  readonly rejectedLines: number;
  readonly reasons: readonly string[];
  /** Why not everything was written or read; undefined when it was. */
  readonly trouble: string | undefined;
}

export interface RunStream extends AsyncDisposable {
  readonly client: InfluxClient;
  /** Streams the log of one more scenario, after those that were given before. */
  scenario(source: ScenarioSource, growth?: LogGrowth): LogGrowth;
  /** Waits until everything is written of the scenarios whose logs have ended. False when patience ended first. */
  drain(patience: Patience): Promise<boolean>;
  /** Points that belong to the run as a whole, when all the logs are written. Returns why not all of them are. */
  write(points: readonly Point[], patience: Patience): Promise<string | undefined>;
  /** Why nothing can be written at the moment; undefined when all is well. */
  away(): string | undefined;
  /** Ends the streaming of logs, whether it is complete or not, and asks the database what it holds. */
  settle(): Promise<RunStreamed>;
}

const MOST_REASONS = 5;
const LONGEST_KEPT_LINE = 4000;
/** Bounds what a broken schema may leave on the disk. */
const MOST_KEPT_LINES = 10_000;
const READ_BACK_MS = 20_000;
const LOOK_EVERY_MS = 50;
const ASK_AGAIN_MS = 500;
const FIRST_WORD_MS = 1000;
const NEXT_WORD_MS = 5000;

/**
 * The stream of one run: it works off the logs of the scenarios in their order, one request at a time, so that the
 * series budget is spent in the same order live and in a replay. It never throws because of the database.
 */
export function openRunStream(options: RunStreamOptions): RunStream {
  const { settings, directory, onNote } = options;
  const client = createInfluxClient(settings);
  const end = new AbortController();
  const series = createSeriesBudget();
  const streamers: ScenarioStreamer[] = [];
  const growths: LogGrowth[] = [];
  const reasons = new Set<string>();
  let rejectedLines = 0;
  let queue: Promise<void> = Promise.resolve();
  let underWay = 0;
  let stopped: WritingStopped | undefined;
  let broken: Error | undefined;
  let awayBecause: string | undefined;
  let progressAt = Date.now();
  let keeping: Promise<void> = Promise.resolve();

  const reject = (scenario: string, text: string, why: string) => {
    rejectedLines += 1;
    if (reasons.size < MOST_REASONS) reasons.add(why);
    if (rejectedLines > MOST_KEPT_LINES) return;
    const kept = { scenario, why, line: client.redact(text).slice(0, LONGEST_KEPT_LINE) };
    const file = join(directory, "rejected.jsonl");
    // A full disk costs the list, not the run: the lines are counted, and the log has their samples.
    keeping = keeping.then(() => appendFile(file, `${JSON.stringify(kept)}\n`)).catch(() => undefined);
  };
  const writer = <Item>(onWritten: (line: Line<Item>) => void, onRejected: (line: Line<Item>, why: string) => void) =>
    createWriter<Item>({
      client,
      signal: end.signal,
      onWritten: (line) => {
        progressAt = Date.now();
        onWritten(line);
      },
      onRejected,
      onAway: (why) => {
        awayBecause = why;
        onNote?.(why === undefined ? "the database answers again" : `the database is away (${why}): nothing is lost`);
      },
    });
  const writeStreamed = writer<StreamedPoint>(
    ({ item }) => item.counts.written(item.point),
    ({ item, text }, why) => {
      item.counts.rejected(item.point);
      reject(item.scenario, text, why);
    },
  );
  const writeRun = writer<Point>(
    () => undefined,
    ({ text }, why) => reject("", text, why),
  );

  const work = async (streamer: ScenarioStreamer) => {
    if (stopped !== undefined) return;
    try {
      await streamer.run();
    } catch (error) {
      if (error instanceof WritingStopped) {
        stopped = error;
        if (error.refused) onNote?.(`the database refuses (${error.message}): nothing more is streamed`);
      } else {
        // A log that cannot be read is told by who judges the run; the other scenarios go on.
        broken ??= error instanceof Error ? error : new Error(String(error));
      }
    }
  };

  /** Resolves to false when patience ends before the promise. */
  const patiently = async (done: Promise<unknown>, { withoutProgressMs, atMostMs, onWaiting }: Patience) => {
    const from = Date.now();
    let isDone = false;
    const mark = () => {
      isDone = true;
    };
    void done.then(mark, mark);
    progressAt = Math.max(progressAt, from);
    for (let sayAt = from + FIRST_WORD_MS; ; ) {
      await Promise.race([done, sleep(LOOK_EVERY_MS)]);
      const now = Date.now();
      if (isDone) return true;
      if (options.signal?.aborted === true) return false;
      if (now - progressAt >= withoutProgressMs || now - from >= atMostMs) return false;
      if (now >= sayAt) {
        sayAt = now + NEXT_WORD_MS;
        onWaiting?.(awayBecause === undefined ? "samples are being written" : `the database is away: ${awayBecause}`);
      }
    }
  };

  const trouble = (): string | undefined => {
    if (stopped !== undefined) return client.redact(stopped.message);
    if (broken !== undefined) return broken.message;
    if (underWay > 0) return awayBecause ?? "there was no time left";
    return undefined;
  };

  const stopStreaming = async () => {
    if (underWay > 0) end.abort();
    // Who waits for a log to grow waits no more, and finds that it may not write.
    for (const growth of growths) growth.ended();
    await queue;
    await keeping;
  };

  return {
    client,
    scenario(source, growth = createLogGrowth()) {
      const streamer = scenarioStreamer(source, { growth, series, write: writeStreamed });
      streamers.push(streamer);
      growths.push(growth);
      underWay += 1;
      queue = queue
        .then(() => work(streamer))
        .finally(() => {
          underWay -= 1;
        });
      return growth;
    },
    drain: (patience) => patiently(queue, patience),
    async write(points, patience) {
      if (stopped !== undefined || underWay > 0) return trouble();
      const fitting = points.filter((point) => series.place(point) === point);
      const done = writeRun(fitting.map((point) => ({ text: toLine(point), item: point }))).catch((error: unknown) => {
        if (!(error instanceof WritingStopped)) throw error;
        stopped = error;
      });
      if (!(await patiently(done, patience))) return awayBecause ?? "there was no time left";
      await done;
      const left = points.length - fitting.length;
      return trouble() ?? (left === 0 ? undefined : `${left} points of the run found no room among its series`);
    },
    away: () => stopped?.message ?? awayBecause,
    async settle() {
      const why = trouble();
      await stopStreaming();
      const all = streamers.map((streamer) => streamer.streamed());
      const [run] = all.map(({ source }) => source.run);
      const named = all.map(({ source, countedIn }) => ({ name: source.name, countedIn }));
      let asked: string | undefined;
      // A database that was away a moment ago is asked once.
      const patienceMs = why === undefined ? READ_BACK_MS : 0;
      const answer = async <Value>(ask: (signal: AbortSignal) => Promise<Value>): Promise<Value | undefined> => {
        const giveUpAt = Date.now() + patienceMs;
        for (;;) {
          try {
            return await ask(AbortSignal.timeout(READ_BACK_MS));
          } catch (error) {
            asked = error instanceof Error ? error.message : String(error);
            if (Date.now() >= giveUpAt || options.signal?.aborted === true) return undefined;
            await sleep(ASK_AGAIN_MS);
          }
        }
      };
      const server = await answer((signal) => client.ping(signal));
      const written =
        run === undefined || server === undefined
          ? undefined
          : await answer((signal) => readBack(client, run, named, signal));
      if (written !== undefined) asked = undefined;
      const scenarios = all.map((streamed) => ({ streamed, written: written?.get(streamed.source.name) }));
      const { bucket } = settings;
      return { scenarios, server, bucket, rejectedLines, reasons: [...reasons], trouble: why ?? asked };
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await stopStreaming();
      client.close();
    },
  };
}
