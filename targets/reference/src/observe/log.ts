import { type DestinationStream, type Logger, pino } from "pino";
import type { Settings } from "../settings.ts";

/**
 * JSON lines on stdout, written in blocks of 64 KiB off the request path; a quiet service flushes every half second.
 * When the reader of stdout stalls, at most 16 MiB wait in memory and further lines are dropped and counted.
 */
export function createLog(settings: Settings, onDrop: () => void): ServiceLog {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    minLength: 64 * 1024,
    maxWrite: 256 * 1024,
    maxLength: 16 * 1024 * 1024,
  });
  destination.on("drop", onDrop);
  // The reader of stdout may die before us; a service must not die of that.
  destination.on("error", () => undefined);
  const log = pino(
    { level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.epochTime },
    destination as DestinationStream,
  );
  const timer = setInterval(() => destination.flush(), 500);
  timer.unref();
  return {
    log,
    flush: () => destination.flush(),
    close() {
      clearInterval(timer);
      try {
        destination.flushSync();
      } catch {
        // Nobody reads stdout any more; there is no place left to say so.
      }
    },
  };
}

export interface ServiceLog {
  readonly log: Logger;
  flush(): void;
  /** Writes what is still in memory, synchronously; for the end of the process. */
  close(): void;
}
