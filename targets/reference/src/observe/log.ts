import { type Logger, pino } from "pino";
import type { Settings } from "../settings.ts";

const blockLength = 64 * 1024;

/**
 * JSON lines on stdout, in blocks of 64 KiB written off the request path; a quiet service writes every half second.
 * When the reader of stdout stalls, at most 16 MiB wait in memory; further blocks are dropped and counted by lines.
 */
export function createLog(settings: Settings, onDrop: (lines: number) => void): ServiceLog {
  const out = pino.destination({ fd: 1, sync: false, maxWrite: 4 * blockLength, maxLength: 16 * 1024 * 1024 });
  out.on("drop", (block: string) => onDrop(block.split("\n").length - 1));
  // The reader of stdout may die before us; a service must not die of that.
  out.on("error", () => undefined);

  // Joined here and not by the destination's `minLength`: that one measures every line in bytes, which costs more than
  // to make the line.
  let block = "";
  const flush = (): void => {
    if (block === "") return;
    out.write(block);
    block = "";
  };
  const lines = {
    write(line: string): void {
      block += line;
      if (block.length >= blockLength) flush();
    },
  };
  const timer = setInterval(flush, 500);
  timer.unref();
  return {
    log: pino({ level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.epochTime }, lines),
    close() {
      clearInterval(timer);
      try {
        flush();
        out.flushSync();
      } catch {
        // Nobody reads stdout any more; there is no place left to say so.
      }
    },
  };
}

export interface ServiceLog {
  readonly log: Logger;
  /** Writes what is still in memory, synchronously; for the end of the process. */
  close(): void;
}
