import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * A Postgres that was killed leaves shared memory behind that outlives every process: one small System V segment, and
 * files in /dev/shm. The first is named in `postmaster.pid`, the others in a control file, exactly as Postgres itself
 * finds them when it starts again on the same data. Call it only when no process of the cluster is left.
 */
export function removePostgresRemains(dataDirectory: string, controlFile: string | undefined): void {
  removeSegment(dataDirectory);
  if (controlFile !== undefined) removeSharedFiles(controlFile);
}

/** Shared memory that a process has mapped, from /proc (Linux; elsewhere nothing is found). */
export interface MappedMemory {
  readonly segments: readonly { readonly key: number; readonly id: string }[];
  /** The control file, and the segments that it names. */
  readonly files: readonly string[];
}

/**
 * What a living process would leave behind. A Postgres that initdb runs removes nothing when it is ended, and initdb
 * removes the data that name it: this has to be asked before.
 */
export function mappedMemory(pid: number): MappedMemory {
  const maps = mapsOf(pid);
  // What it has opened it is about to map.
  const named = `${maps}\n${openFiles(pid).join("\n")}`;
  // The inode of a System V segment is its id: "… 00:01 32831  /SYSV000d0008 (deleted)".
  const segments = [...maps.matchAll(/ (\d+) +\/SYSV([0-9a-f]{8}) /g)].map(([, id = "", key = ""]) => ({
    id,
    key: Number.parseInt(key, 16) | 0,
  }));
  return { segments, files: [...new Set(named.match(SHARED_FILE))] };
}

export function removeMappedMemory({ segments, files }: MappedMemory): void {
  for (const { key, id } of segments) {
    if (isUnusedSegment(String(key), id)) removeSegmentById(id);
  }
  for (const file of files) removeSharedFiles(file);
}

const SHARED_FILE = /\/dev\/shm\/PostgreSQL\.\d+/g;

/** The control file of a living Postgres (Linux), from the memory map of its first process. */
export function sharedMemoryControlFile(pid: number): string | undefined {
  return mapsOf(pid).match(SHARED_FILE)?.[0];
}

function mapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch {
    return ""; // it has ended, or there is no /proc
  }
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((name) => readlinkSync(join(folder, name)));
  } catch {
    return []; // it has ended, or there is no /proc
  }
}

function removeSegment(dataDirectory: string): void {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return; // it ended properly, or never started
  }
  // Line 7: key and id of the segment.
  const [key, id] = (lines[6] ?? "").trim().split(/\s+/);
  if (key === undefined || id === undefined || !/^\d+$/.test(id)) return;
  if (process.platform === "linux" && !isUnusedSegment(key, id)) return;
  removeSegmentById(id);
}

function removeSegmentById(id: string): void {
  try {
    execFileSync("ipcrm", ["-m", id], { stdio: "ignore" });
  } catch {
    // gone already
  }
}

/** The id may have been given to somebody else since: the key must agree, and nobody may be attached. */
function isUnusedSegment(key: string, id: string): boolean {
  try {
    const rows = readFileSync("/proc/sysvipc/shm", "utf8").trim().split("\n");
    const column = (rows[0] ?? "").trim().split(/\s+/).indexOf("nattch");
    return rows.some((row) => {
      const fields = row.trim().split(/\s+/);
      return Number(fields[0]) === Number(key) && fields[1] === id && fields[column] === "0";
    });
  } catch {
    return false;
  }
}

const CONTROL_MAGIC = 0x9a503d32;
const HEADER_BYTES = 16;
const ITEM_BYTES = 40;

/** dsm.c: magic, items used, items possible (u32 each); then per item its handle (u32), reference count (u32), … */
function removeSharedFiles(controlFile: string): void {
  try {
    const control = readFileSync(controlFile);
    if (control.readUInt32LE(0) === CONTROL_MAGIC) {
      const items = control.readUInt32LE(4);
      for (let item = 0; item < items && HEADER_BYTES + (item + 1) * ITEM_BYTES <= control.length; item += 1) {
        const at = HEADER_BYTES + item * ITEM_BYTES;
        if (control.readUInt32LE(at + 4) === 0) continue;
        rmSync(`/dev/shm/PostgreSQL.${control.readUInt32LE(at)}`, { force: true });
      }
    }
    rmSync(controlFile, { force: true });
  } catch {
    // gone already: Postgres removed them itself
  }
}
