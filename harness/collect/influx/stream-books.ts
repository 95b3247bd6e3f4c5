import type { BooksRecord, SeriesOverflowRecord, StreamBooks, StreamBooksLine } from "../record.ts";
import type { RunStreamed } from "./run-stream.ts";
import type { SeriesOverflow } from "./series-budget.ts";

/**
 * What became of the samples of a scenario: of each metric, k6's own count against what was read from the database, what
 * it refused, and what is still in the log. Undefined for a scenario that was not streamed. Pure.
 */
export function streamBooks(
  scenario: string,
  lines: BooksRecord["lines"],
  { scenarios, server, bucket, rejectedLines, reasons, trouble }: RunStreamed,
): StreamBooks | undefined {
  const found = scenarios.find(({ streamed }) => streamed.source.name === scenario);
  if (found === undefined) return undefined;
  const { streamed, written } = found;
  const overflow = overflowRecord(streamed.overflow, streamed.folded);
  return {
    ...(server === undefined ? {} : { database: `InfluxDB ${server.version}` }),
    bucket,
    lines: lines.map(({ metric, k6, log }): StreamBooksLine => {
      const rejected = streamed.rejected.get(metric) ?? 0;
      const held = written?.get(metric) ?? 0;
      // What was not sent lies in the log, and nowhere else.
      const pending = streamed.complete ? 0 : Math.max(0, log - held - rejected);
      return { metric, sent: k6, ...(written === undefined ? {} : { written: held }), rejected, pending };
    }),
    rejectedLines,
    reasons,
    ...(overflow === undefined ? {} : { overflow }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** Samples of which nobody knows where they are; 0 where the database could not be asked. */
export function unexplained({ sent, written, rejected, pending }: StreamBooksLine): number {
  return written === undefined ? 0 : sent - written - rejected - pending;
}

function overflowRecord(overflow: SeriesOverflow | undefined, folded: number): SeriesOverflowRecord | undefined {
  if (overflow === undefined && folded === 0) return undefined;
  const tags = Object.entries(overflow?.byTag ?? {}).map(([tag, { values, examples }]) => ({ tag, values, examples }));
  return { series: (overflow?.series ?? 0) + folded, tags };
}
