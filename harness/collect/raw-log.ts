import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ProofloadError } from "../errors.ts";
import { type Damage, HEADER_BYTES, headerOf, noDamage, type ReadBytes, readRecords } from "./raw-log-records.ts";

/** The narrow part of a file that the log needs; tests put a full or dying disk behind it. */
export interface LogFile {
  read: ReadBytes;
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Returns when everything written is on the disk. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The raw log: every export as it came, one record after the other. */
export interface RawLog {
  readonly opened: OpenedLog;
  /**
   * Returns when the body is on the disk; bodies that wait together share one sync. Rejects when it could not be
   * written: then nothing of it is in the log, and it may be appended again.
   */
  append(body: Uint8Array): Promise<void>;
  /** Bytes that are on the disk for good; what lies behind may still be written over. */
  end(): number;
  /** Waits for the bodies under way. */
  close(): Promise<void>;
}

/** What the file held when it was opened. */
export interface OpenedLog {
  readonly records: number;
  readonly damage: Readonly<Damage>;
  /** Where the torn end was moved to. */
  readonly tornFile?: string;
}

/**
 * Opens the log for appending, behind whatever it holds: nothing that it may hold is an error. A record that a crash
 * cut off was never acknowledged: it is moved into a file beside the log. Damage in the middle stays where it is.
 * Throws PL_RUN_DIRECTORY when there can be no such file.
 */
export async function openRawLog(path: string, openFile: (path: string) => Promise<LogFile> = openLogFile) {
  try {
    // One level only: Node's recursive mkdir never returns on a file system that answers ENOENT (/proc).
    await mkdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const file = await openFile(path);
    const opened = await heal(path, file).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    return startLog(file, opened, await file.size());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_RUN_DIRECTORY", `The raw log ${path} cannot be opened: ${why}`, { cause });
  }
}

async function heal(path: string, file: LogFile): Promise<OpenedLog> {
  const damage = noDamage();
  let records = 0;
  for await (const _ of readRecords(file.read, damage)) records += 1;
  if (damage.torn === 0) return { records, damage };
  const from = (await file.size()) - damage.torn;
  try {
    const tornFile = await copyEnd(file, from, path);
    await file.truncate(from);
    await file.sync();
    return { records, damage, tornFile };
  } catch {
    // A full disk: the end stays where it is, and readers step over it.
    return { records, damage };
  }
}

/** The end of a log as a file of its own, under the first name that is free. */
async function copyEnd(file: LogFile, from: number, path: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const name = `${path}.torn-${n}`;
    const copy = await open(name, "wx", 0o644).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return undefined;
      throw error;
    });
    if (copy === undefined) continue;
    try {
      const piece = Buffer.allocUnsafe(1024 * 1024);
      for (let at = from; ; ) {
        const count = await file.read(piece, at);
        if (count === 0) break;
        await copy.writeFile(piece.subarray(0, count));
        at += count;
      }
      await copy.sync();
      return name;
    } finally {
      await copy.close();
    }
  }
}

interface Waiting {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly kept: () => void;
  readonly lost: (error: unknown) => void;
}

function startLog(file: LogFile, opened: OpenedLog, startAt: number): RawLog {
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
    opened,
    append(body) {
      if (closed) return Promise.reject(new Error("the raw log is closed"));
      return new Promise((kept, lost) => {
        waiting.push({ chunks: [headerOf(body), body], bytes: HEADER_BYTES + body.length, kept, lost });
        running ??= run();
      });
    },
    end: () => end,
    async close() {
      closed = true;
      await running;
      await file.close();
    },
  };
}

/** A real file. The folder is synced too: a name that is not on the disk is no file after a crash. */
export async function openLogFile(path: string): Promise<LogFile> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
  return {
    read: async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead,
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
