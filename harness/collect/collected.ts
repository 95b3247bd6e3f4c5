import type { OpenedLog } from "./raw-log.ts";
import type { ReceiverCounts } from "./receiver.ts";
import type { StreamBooks } from "./record.ts";

/** A receiver that waits for load that somebody else drives. */
export interface CollectReady {
  readonly directory: string;
  /** What a k6 needs to send here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly opened: OpenedLog;
}

/** What there is to say when it has ended. */
export interface Collected {
  readonly runId: string;
  readonly directory: string;
  /** Since it was started. */
  readonly receiver: ReceiverCounts;
  /** k6's name of a metric → how much of it the log holds, since the folder was made. */
  readonly totals: Readonly<Record<string, number>>;
  /** Metrics with more series than can be told apart. */
  readonly overflow: number;
  /** Stretches of the log that cannot be read. */
  readonly damaged: number;
  /** The log against the database; absent where nothing was streamed. */
  readonly stream?: StreamBooks;
}
