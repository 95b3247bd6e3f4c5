import { openRunStream } from "./collect/influx/run-stream.ts";
import { readInfluxSettings } from "./collect/influx/settings.ts";
import { ProofloadError } from "./errors.ts";
import type { Host } from "./host.ts";
import { trendPoints } from "./report/trend/trend-points.ts";
import type { Trend } from "./verdict/trend.ts";

/** Every annotation is a series of its own, and a stream is made for one run, which may have 1,000. */
const MOST_SERIES = 500;

const PATIENCE = { withoutProgressMs: 10_000, atMostMs: 60_000 };

/**
 * Sends the annotations of a trend to InfluxDB; what it refuses is kept in `folder`/rejected.jsonl. Throws PL_USAGE where
 * no database is named, PL_INFLUX where not all was written.
 */
export async function streamTrend(
  host: Pick<Host, "env" | "cwd" | "interrupted" | "out">,
  folder: string,
  trend: Trend,
): Promise<void> {
  const settings = await readInfluxSettings(host.env, host.cwd);
  if (settings === undefined) {
    throw new ProofloadError("PL_USAGE", "there is no database: set PROOFLOAD_INFLUX_URL, in the environment or .env");
  }
  const onNote = (text: string) => host.out.note(`${text}\n`);
  const points = trendPoints(trend);
  for (let from = 0; from < points.length; from += MOST_SERIES) {
    await using stream = openRunStream({ settings, directory: folder, onNote, signal: host.interrupted });
    const why = await stream.write(points.slice(from, from + MOST_SERIES), PATIENCE);
    if (why !== undefined) throw new ProofloadError("PL_INFLUX", `not all annotations were written: ${why}`);
  }
  onNote(`${points.length} annotations sent`);
}
