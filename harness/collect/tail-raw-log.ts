import { type FileHandle, open } from "node:fs/promises";
import { ProofloadError } from "../errors.ts";
import { type Damage, type ReadBytes, readRecords } from "./raw-log-records.ts";

/** How much of a log there is for good, told by who writes it; a reader waits on it. */
export interface LogGrowth {
  /** The first `end` bytes are on the disk and acknowledged. */
  grew(end: number): void;
  /** Nothing will be added any more: what is in the file is the whole log. */
  ended(): void;
  /** Resolves to the number of bytes that may be read beyond `position`, and to 0 when there never will be any. */
  beyond(position: number): Promise<number>;
  /** How many bytes there are at least, whether the log has ended. */
  readonly size: number;
  readonly isEnded: boolean;
}

export function createLogGrowth(): LogGrowth {
  let size = 0;
  let isEnded = false;
  let waiting = Promise.withResolvers<void>();
  const wake = () => {
    waiting.resolve();
    waiting = Promise.withResolvers<void>();
  };
  return {
    grew(end) {
      size = Math.max(size, end);
      wake();
    },
    ended() {
      isEnded = true;
      wake();
    },
    async beyond(position) {
      while (!isEnded && size <= position) await waiting.promise;
      // At its end the file itself says how long it is: a torn tail is the reader's to tell.
      return isEnded ? Number.POSITIVE_INFINITY : size - position;
    },
    get size() {
      return size;
    },
    get isEnded() {
      return isEnded;
    },
  };
}

/** A log that is complete: to replay it. */
export function completeLog(): LogGrowth {
  const growth = createLogGrowth();
  growth.ended();
  return growth;
}

export interface TailOptions {
  readonly growth: LogGrowth;
  readonly damage: Damage;
  /** Called and awaited when everything that there is was yielded, before it waits for more. */
  readonly onCaughtUp: () => Promise<void>;
}

/**
 * Yields the body of every intact record as the log grows, and ends when the log has ended. It never reads beyond what
 * was acknowledged: a batch that failed is cut off and written over, and must not be seen. Throws PL_RUN_UNREADABLE.
 */
export async function* tailRawLog(path: string, { growth, damage, onCaughtUp }: TailOptions): AsyncGenerator<Buffer> {
  let handle: FileHandle | undefined;
  const read: ReadBytes = async (buffer, position) => {
    if (!growth.isEnded && growth.size <= position) await onCaughtUp();
    const most = Math.min(buffer.length, await growth.beyond(position));
    try {
      handle ??= await open(path, "r");
      return (await handle.read(buffer, 0, most, position)).bytesRead;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ProofloadError("PL_RUN_UNREADABLE", `The raw log ${path} cannot be read: ${why}`, { cause });
    }
  };
  try {
    for await (const { body } of readRecords(read, damage)) yield body;
  } finally {
    await handle?.close();
  }
}
