import { decodeExport, type MetricsExport } from "./otlp.ts";
import { replayRawLog } from "./raw-log-records.ts";
import { overflowSeries, totals } from "./scenario-totals.ts";
import { createSeriesStore } from "./series-store.ts";

/** How much of each metric has come, in bounded memory: the last point of each series, and of so many series only. */
export interface Tally {
  /** Exports may come twice and in any order. */
  add(received: MetricsExport): void;
  /** Adds what a log holds. Throws PL_RUN_UNREADABLE when it cannot be read. */
  replay(logFile: string): Promise<void>;
  /** k6's name of a metric → the count of a trend or rate, the total of a counter. */
  totals(): ReadonlyMap<string, number>;
  /** Metrics in which series had to be folded together, by k6's exporter or here. */
  overflow(): number;
}

const MOST_SERIES = 5000;

export function createTally(): Tally {
  const store = createSeriesStore(() => false, MOST_SERIES);
  return {
    add: (received) => store.add(received),
    async replay(logFile) {
      for await (const body of replayRawLog(logFile)) {
        const received = decoded(body);
        if (received !== undefined) store.add(received);
      }
    },
    totals: () => totals(store),
    overflow: () => overflowSeries(store),
  };
}

/** What was acknowledged and is no export is counted elsewhere. */
function decoded(body: Uint8Array): MetricsExport | undefined {
  try {
    return decodeExport(body);
  } catch {
    return undefined;
  }
}
