import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import { MEASUREMENTS } from "../../harness/collect/influx/measurements.ts";
import type { InfluxServer } from "./server.ts";

type Tags = Readonly<Record<string, string>>;

/** All series that a run has in the database: measurement and tags. */
export async function seriesOf(
  server: InfluxServer,
  run: string,
): Promise<readonly { measurement: string; tags: Tags }[]> {
  const client = createInfluxClient(server);
  const found: { measurement: string; tags: Tags }[] = [];
  for (const [measurement, { fields }] of Object.entries(MEASUREMENTS)) {
    if (!("rel_ms" in fields)) continue;
    const statement = `SELECT count("rel_ms") FROM "${measurement}" WHERE "run" = '${run}' GROUP BY *`;
    for (const { tags } of await client.query(statement)) found.push({ measurement, tags });
  }
  client.close();
  return found;
}
