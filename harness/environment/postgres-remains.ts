import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
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

/** The control file of a living Postgres (Linux), from the memory map of its first process. */
export function sharedMemoryControlFile(pid: number): string | undefined {
  try {
    return /\/dev\/shm\/PostgreSQL\.\d+/.exec(readFileSync(`/proc/${pid}/maps`, "utf8"))?.[0];
  } catch {
    return undefined;
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
