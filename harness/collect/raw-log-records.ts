import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { ProofloadError } from "../errors.ts";

/**
 * A record of the raw log is a header of four big-endian words, and the body: the marker, the body's length, a CRC-32
 * over these two, a CRC-32 of the body. The marker lets a reader find the next record after a damaged one. The header
 * has a checksum of its own, so that a record that ends too early is known for one that was never whole, and so that
 * no damage makes a reader compute over lengths that nobody wrote.
 */
const MARKER = Buffer.from("PLr2", "latin1");
const LENGTH_AT = MARKER.length;
const HEADER_CHECK_AT = LENGTH_AT + 4;
const BODY_CHECK_AT = HEADER_CHECK_AT + 4;
export const HEADER_BYTES = BODY_CHECK_AT + 4;
/** No export comes near; a length beyond is damage. */
export const LARGEST_BODY = 64 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

/** What a reader had to leave out. */
export interface Damage {
  /** Stretches of bytes that are no intact record, and all their bytes: something was lost after it was acknowledged. */
  records: number;
  bytes: number;
  /** Bytes at the end that begin a record and do not finish it: a crash in the middle of a write, never acknowledged. */
  torn: number;
}

export interface LogRecord {
  readonly body: Buffer;
  /** Offset of the first byte behind it. */
  readonly end: number;
}

/** Fills the buffer from `position` on; returns how many bytes there were, and 0 at the end. It may wait for more. */
export type ReadBytes = (buffer: Buffer, position: number) => Promise<number>;

export function noDamage(): Damage {
  return { records: 0, bytes: 0, torn: 0 };
}

export function headerOf(body: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MARKER.copy(header);
  header.writeUInt32BE(body.length, LENGTH_AT);
  header.writeUInt32BE(headerCheck(header), HEADER_CHECK_AT);
  header.writeUInt32BE(crc32(body), BODY_CHECK_AT);
  return header;
}

/** Yields the body of every intact record of a file; see `readRecords`. Throws PL_RUN_UNREADABLE without a file. */
export async function* replayRawLog(path: string, damage: Damage = noDamage()): AsyncGenerator<Buffer> {
  const handle = await open(path, "r").catch((cause: Error) => {
    throw new ProofloadError("PL_RUN_UNREADABLE", `The raw log ${path} cannot be read: ${cause.message}`, { cause });
  });
  try {
    const read: ReadBytes = async (buffer, position) =>
      (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
    for await (const { body } of readRecords(read, damage)) yield body;
  } finally {
    await handle.close();
  }
}

/**
 * Yields every intact record in the order in which they were written, and adds up in `damage` what lies between them
 * and behind them. Reads on after damage; a file cut anywhere gives every record that is whole. Holds one record.
 */
export async function* readRecords(read: ReadBytes, damage: Damage = noDamage()): AsyncGenerator<LogRecord> {
  const piece = Buffer.allocUnsafe(READ_BYTES);
  let held = Buffer.alloc(0);
  /** Offsets of the first byte held, and of the first one that belongs to no intact record. */
  let at = 0;
  let intactUntil = 0;
  let tornFrom: number | undefined;
  let atEnd = false;

  const hold = async (bytes: number) => {
    while (held.length < bytes && !atEnd) {
      const missing = bytes - held.length;
      const more = missing > piece.length ? Buffer.allocUnsafe(missing) : piece;
      const count = await read(more, at + held.length);
      atEnd = count === 0;
      held = Buffer.concat([held, more.subarray(0, count)]);
    }
    return held.length >= bytes;
  };
  const drop = (bytes: number) => {
    held = held.subarray(bytes);
    at += bytes;
  };
  const closeStretch = (end: number) => {
    damage.records += end > intactUntil ? 1 : 0;
    damage.bytes += end - intactUntil;
  };

  while (await hold(1)) {
    const length = (await hold(HEADER_BYTES)) ? lengthIn(held) : undefined;
    const isWhole = length !== undefined && (await hold(HEADER_BYTES + length));
    if (isWhole && isIntact(held, length)) {
      closeStretch(at);
      const body = held.subarray(HEADER_BYTES, HEADER_BYTES + length);
      drop(HEADER_BYTES + length);
      intactUntil = at;
      tornFrom = undefined;
      yield { body, end: at };
      continue;
    }
    const isCutOff = length === undefined ? at === intactUntil && atEnd && isBeginning(held) : !isWhole;
    if (isCutOff) tornFrom ??= at;
    // What looks cut off may be the remains of a crash with whole records behind them.
    const next = held.indexOf(MARKER, 1);
    // Without a marker in sight its first bytes may still be the last ones held.
    drop(next === -1 ? Math.max(1, held.length - (atEnd ? 0 : MARKER.length - 1)) : next);
  }
  closeStretch(tornFrom ?? at);
  damage.torn += at - (tornFrom ?? at);
}

/** The length of the body when a whole header stands at the beginning. */
function lengthIn(held: Buffer): number | undefined {
  if (!held.subarray(0, MARKER.length).equals(MARKER)) return undefined;
  const length = held.readUInt32BE(LENGTH_AT);
  const isSound = length <= LARGEST_BODY && held.readUInt32BE(HEADER_CHECK_AT) === headerCheck(held);
  return isSound ? length : undefined;
}

function isIntact(held: Buffer, length: number): boolean {
  return held.readUInt32BE(BODY_CHECK_AT) === crc32(held.subarray(HEADER_BYTES, HEADER_BYTES + length));
}

/** Whether these bytes, fewer than a header has, can be the first ones of one. */
function isBeginning(held: Buffer): boolean {
  const marker = Math.min(held.length, MARKER.length);
  if (held.length >= HEADER_BYTES || !held.subarray(0, marker).equals(MARKER.subarray(0, marker))) return false;
  return held.length < BODY_CHECK_AT || held.readUInt32BE(HEADER_CHECK_AT) === headerCheck(held);
}

function headerCheck(header: Buffer): number {
  return crc32(header.subarray(0, HEADER_CHECK_AT));
}
