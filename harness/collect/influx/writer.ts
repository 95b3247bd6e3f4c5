import { setTimeout as sleep } from "node:timers/promises";
import type { InfluxClient } from "./client.ts";

/** One line to write; `Item` is whatever the caller wants to know of again. */
export interface Line<Item> {
  readonly text: string;
  readonly item: Item;
}

export interface WriterOptions<Item> {
  readonly client: Pick<InfluxClient, "write">;
  /** Aborted: nothing more is sent, and `write` throws WritingStopped. */
  readonly signal: AbortSignal;
  /** The database has the line on its disk. */
  readonly onWritten?: (line: Line<Item>) => void;
  /** The database will never take the line; `why` is its own reason. Everything else of the batch is written. */
  readonly onRejected: (line: Line<Item>, why: string) => void;
  /** Nothing came of three attempts in a row (why), or something did again (undefined). Called on a change. */
  readonly onAway?: (why: string | undefined) => void;
  readonly mostLines?: number;
  readonly mostBytes?: number;
  /** Tests give these. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
}

/** Writing ended before its end: the run is over, or somebody has to mend something. What is missing is in the log. */
export class WritingStopped extends Error {
  /** True where trying again is of no use before somebody mends what the message says. */
  readonly refused: boolean;

  constructor(why: string, refused: boolean) {
    super(why);
    this.name = "WritingStopped";
    this.refused = refused;
  }
}

const MOST_LINES = 5000;
/** Servers take 25 MB and more; memory is what is bounded here. */
const MOST_BYTES = 4 * 1024 * 1024;
const FIRST_WAIT_MS = 250;
/** A hiccup is not worth a word. */
const FAILURES_TO_TELL = 2;
const LONGEST_WAIT_MS = 10_000;
/** A Retry-After beyond is honoured in steps: the end of the run must not wait for it. */
const LONGEST_ASKED_MS = 60_000;

/**
 * Writes lines in batches, one request at a time, until every line is written or rejected: whatever passes is tried
 * again, with jitter and as late as the server asks. Writing a line twice changes nothing, so that a batch whose answer
 * was lost is simply sent again. Throws WritingStopped.
 */
export function createWriter<Item>(options: WriterOptions<Item>): (lines: readonly Line<Item>[]) => Promise<void> {
  const { client, signal, onWritten, onRejected, onAway, wait = pause, random = Math.random } = options;
  const { mostLines = MOST_LINES, mostBytes = MOST_BYTES } = options;
  let isAway = false;

  const away = (why: string | undefined) => {
    if (isAway === (why !== undefined)) return;
    isAway = why !== undefined;
    onAway?.(why);
  };

  /** The first answer that says something about the batch itself. */
  const send = async (batch: readonly Line<Item>[]) => {
    const texts = batch.map((line) => line.text);
    let why: string | undefined;
    for (let failures = 0; ; failures += 1) {
      if (signal.aborted) throw new WritingStopped(why ?? "there was no time left", false);
      const answer = await client.write(texts, signal);
      if (answer.kind !== "later") {
        away(undefined);
        return answer;
      }
      why = answer.why;
      if (failures >= FAILURES_TO_TELL) away(why);
      const backOff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
      const asked = Math.min(LONGEST_ASKED_MS, answer.afterMs ?? 0);
      // Never before the server asked, and never all clients at once.
      await wait(Math.max(asked, backOff / 2) + random() * (backOff / 2), signal);
    }
  };

  const writeBatch = async (batch: readonly Line<Item>[]): Promise<void> => {
    const [first] = batch;
    if (first === undefined) return;
    const answer = await send(batch);
    if (answer.kind === "refused") throw new WritingStopped(answer.why, true);
    if (answer.kind === "written") {
      if (onWritten !== undefined) for (const line of batch) onWritten(line);
      return;
    }
    if (batch.length === 1) {
      onRejected(first, answer.why);
      return;
    }
    // Servers differ in what they keep of such a batch, and in how they name the lines: halves find them everywhere.
    const middle = Math.ceil(batch.length / 2);
    await writeBatch(batch.slice(0, middle));
    await writeBatch(batch.slice(middle));
  };

  return async (lines) => {
    for (const batch of batches(lines, mostLines, mostBytes)) await writeBatch(batch);
  };
}

function* batches<Item>(lines: readonly Line<Item>[], mostLines: number, mostBytes: number): Generator<Line<Item>[]> {
  let batch: Line<Item>[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line.text) + 1;
    if (batch.length > 0 && (batch.length >= mostLines || bytes + size > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort ends the wait; the caller looks at the signal itself.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
