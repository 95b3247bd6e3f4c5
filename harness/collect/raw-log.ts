import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { ProofloadError } from "../errors.ts";

/**
 * The raw log: every export as it came, one record after the other. A record is the marker, the length of the body and
 * a CRC-32 over length and body (all big-endian), then the body. The marker lets a reader find the next record after a
 * damaged one.
 */
const MARKER = Buffer.from("PLr1", "latin1");
const HEADER_BYTES = MARKER.length + 8;
/** No export comes near; a length beyond is damage. */
export const LARGEST_BODY = 64 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** The narrow part of a file that the log needs; tests put a full or dying disk behind it. */
export interface LogFile {
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Returns when everything written is on the disk. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface RawLog {
  /**
   * Returns when the body is on the disk; bodies that wait together share one sync. Rejects when it could not be
   * written: then nothing of it is in the log, and it may be appended again.
   */
  append(body: Uint8Array): Promise<void>;
  /** Waits for the bodies under way. */
  close(): Promise<void>;
}

/** What a reader had to leave out. */
export interface Damage {
  /** Stretches of bytes that are no intact record. */
  records: number;
  bytes: number;
}

/** Opens the log for appending, behind whatever it holds. Throws PL_RUN_DIRECTORY when that cannot be. */
export async function openRawLog(path: string, openFile: (path: string) => Promise<LogFile> = openLogFile) {
  let file: LogFile;
  let end: number;
  try {
    // One level only: Node's recursive mkdir never returns on a file system that answers ENOENT (/proc).
    await mkdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    file = await openFile(path);
    end = await file.size();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_RUN_DIRECTORY", `The raw log ${path} cannot be opened: ${why}`, { cause });
  }
  return startLog(file, end);
}

interface Waiting {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly kept: () => void;
  readonly lost: (error: unknown) => void;
}

function startLog(file: LogFile, startAt: number): RawLog {
  let end = startAt;
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  // Until the sync has succeeded `end` does not move, so that the next batch overwrites what a failed one left behind.
  const commit = async (batch: readonly Waiting[]) => {
    const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
    try {
      await file.write(
        batch.flatMap((one) => one.chunks),
        end,
      );
      await file.sync();
      end += bytes;
    } catch (error) {
      await file.truncate(end).catch(() => undefined);
      for (const one of batch) one.lost(error);
      return;
    }
    for (const one of batch) one.kept();
  };

  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await commit(batch);
    }
    running = undefined;
  };

  return {
    append(body) {
      if (closed) return Promise.reject(new Error("the raw log is closed"));
      return new Promise((kept, lost) => {
        waiting.push({ chunks: [headerOf(body), body], bytes: HEADER_BYTES + body.length, kept, lost });
        running ??= run();
      });
    },
    async close() {
      closed = true;
      await running;
      await file.close();
    },
  };
}

/**
 * Yields the body of every intact record in the order in which they were written, and adds up in `damage` what lies
 * between them. Reads on after damage; a file cut anywhere gives every record that is whole.
 */
export async function* replayRawLog(path: string, damage: Damage = { records: 0, bytes: 0 }): AsyncGenerator<Buffer> {
  const handle = await open(path, "r").catch((cause: Error) => {
    throw new ProofloadError("PL_RUN_UNREADABLE", `The raw log ${path} cannot be read: ${cause.message}`, { cause });
  });
  let held = Buffer.alloc(0);
  let atEnd = false;
  let inDamage = false;
  const hold = async (bytes: number) => {
    while (held.length < bytes && !atEnd) {
      const more = Buffer.allocUnsafe(Math.max(READ_BYTES, bytes - held.length));
      const { bytesRead } = await handle.read(more, 0, more.length);
      atEnd = bytesRead === 0;
      held = Buffer.concat([held, more.subarray(0, bytesRead)]);
    }
    return held.length >= bytes;
  };
  try {
    while (await hold(1)) {
      const length = (await hold(HEADER_BYTES)) ? lengthIn(held) : undefined;
      if (length !== undefined && (await hold(HEADER_BYTES + length)) && isIntact(held, length)) {
        inDamage = false;
        yield held.subarray(HEADER_BYTES, HEADER_BYTES + length);
        held = held.subarray(HEADER_BYTES + length);
        continue;
      }
      const next = held.indexOf(MARKER, 1);
      // Without a marker in sight its first bytes may still be the last ones held.
      const skipped = next === -1 ? Math.max(1, held.length - (atEnd ? 0 : MARKER.length - 1)) : next;
      held = held.subarray(skipped);
      damage.bytes += skipped;
      damage.records += inDamage ? 0 : 1;
      inDamage = true;
    }
  } finally {
    await handle.close();
  }
}

function headerOf(body: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MARKER.copy(header);
  header.writeUInt32BE(body.length, MARKER.length);
  header.writeUInt32BE(checksum(header, body), MARKER.length + 4);
  return header;
}

function lengthIn(held: Buffer): number | undefined {
  const length = held.readUInt32BE(MARKER.length);
  return held.subarray(0, MARKER.length).equals(MARKER) && length <= LARGEST_BODY ? length : undefined;
}

function isIntact(held: Buffer, length: number): boolean {
  const body = held.subarray(HEADER_BYTES, HEADER_BYTES + length);
  return held.readUInt32BE(MARKER.length + 4) === checksum(held, body);
}

function checksum(header: Buffer, body: Uint8Array): number {
  return crc32(body, crc32(header.subarray(MARKER.length, MARKER.length + 4)));
}

/** A real file. The folder is synced too: a name that is not on the disk is no file after a crash. */
async function openLogFile(path: string): Promise<LogFile> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
  return {
    async write(chunks, position) {
      const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      const { bytesWritten } = await handle.writev(chunks, position);
      if (bytesWritten === total) return;
      // A short write is how a disk says that it is nearly full: the rest says so plainly.
      const rest = Buffer.concat(chunks).subarray(bytesWritten);
      for (let done = 0; done < rest.length; ) {
        const more = await handle.write(rest, done, rest.length - done, position + bytesWritten + done);
        done += more.bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}
