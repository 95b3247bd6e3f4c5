import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ProofloadError } from "../errors.ts";

const TAIL_BYTES = 16_384;
const SHOWN_LINES = 15;

/** The last lines of a log, without empty ones; empty where there is no log. */
export function lastLines(logFile: string | undefined, count = SHOWN_LINES): string[] {
  if (logFile === undefined) return [];
  try {
    const file = openSync(logFile, "r");
    try {
      const size = fstatSync(file).size;
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, tail, 0, tail.length, size - tail.length);
      const lines = tail.toString("utf8").split("\n");
      return lines.filter((line) => line.trim() !== "").slice(-count);
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}

/** PL_START_FAILED with what happened, the path of the log, and its last lines. */
export function startFailure(what: string, logFile: string | undefined, cause?: unknown): ProofloadError {
  const lines = lastLines(logFile).map((line) => `\n  | ${line}`);
  const where = logFile === undefined ? "" : ` (log: ${logFile})`;
  return new ProofloadError("PL_START_FAILED", `${what}${where}${lines.join("")}`, { cause });
}
