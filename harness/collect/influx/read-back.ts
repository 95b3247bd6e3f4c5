import { type InfluxClient, quoted } from "./client.ts";
import type { CountFields } from "./expected.ts";

/**
 * How many samples of each metric the database holds for a scenario of a run, over all phases: what it took is what can
 * be read from it, not what it answered. Throws PL_INFLUX.
 */
export async function readBack(
  client: Pick<InfluxClient, "query">,
  of: { readonly run: string; readonly scenario: string; readonly countedIn: ReadonlyMap<string, CountFields> },
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const asked = [...of.countedIn];
  const byMeasurement = Map.groupBy(asked, ([, { measurement }]) => measurement);
  const where = `WHERE "run" = ${quoted(of.run)} AND "scenario" = ${quoted(of.scenario)}`;
  const statements = [...byMeasurement].map(([measurement, metrics]) => {
    const fields = new Set(metrics.flatMap(([, counted]) => counted.fields));
    const sums = [...fields].map((field) => `sum("${field}") AS "${field}"`).join(", ");
    const grouped = metrics.some(([, { metric }]) => metric !== undefined) ? ' GROUP BY "metric"' : "";
    return `SELECT ${sums} FROM "${measurement}" ${where}${grouped}`;
  });
  if (statements.length === 0) return new Map();
  const rows = await client.query(statements.join("; "), signal);
  return new Map(
    asked.map(([name, { measurement, fields, metric }]) => {
      const own = rows.filter(
        (row) => row.measurement === measurement && (metric === undefined || row.tags["metric"] === metric),
      );
      return [name, own.reduce((sum, row) => sum + fields.reduce((all, field) => all + numberIn(row, field), 0), 0)];
    }),
  );
}

function numberIn(row: { readonly values: Readonly<Record<string, unknown>> }, field: string): number {
  return Number(row.values[field] ?? 0);
}
