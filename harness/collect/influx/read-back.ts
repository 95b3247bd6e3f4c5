import { type InfluxClient, type QueryRow, quoted } from "./client.ts";
import type { CountFields } from "./expected.ts";
import { safeTag } from "./safe-tag.ts";

/** A scenario, and where its metrics are counted. */
export interface ReadBackScenario {
  readonly name: string;
  readonly countedIn: ReadonlyMap<string, CountFields>;
}

/**
 * How many samples of each metric the database holds for each scenario of a run, over all phases: what it took is what
 * can be read from it, not what it answered. One question for all, because a database may take seconds for each.
 * Throws PL_INFLUX.
 */
export async function readBack(
  client: Pick<InfluxClient, "query">,
  run: string,
  scenarios: readonly ReadBackScenario[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const all = scenarios.flatMap(({ countedIn }) => [...countedIn.values()]);
  const statements = [...Map.groupBy(all, ({ measurement }) => measurement)].map(([measurement, counted]) => {
    const fields = new Set(counted.flatMap((one) => one.fields));
    const sums = [...fields].map((field) => `sum("${field}") AS "${field}"`).join(", ");
    const isByMetric = counted.some(({ metric }) => metric !== undefined);
    const groups = isByMetric ? '"scenario", "metric"' : '"scenario"';
    return `SELECT ${sums} FROM "${measurement}" WHERE "run" = ${quoted(run)} GROUP BY ${groups}`;
  });
  const rows = statements.length === 0 ? [] : await client.query(statements.join("; "), signal);
  return new Map(
    scenarios.map(({ name, countedIn }) => {
      const own = rows.filter(({ tags }) => tags["scenario"] === safeTag(name));
      return [name, new Map([...countedIn].map(([metric, counted]) => [metric, sumOf(own, counted)]))];
    }),
  );
}

function sumOf(rows: readonly QueryRow[], { measurement, fields, metric }: CountFields): number {
  return rows
    .filter(
      (row) => row.measurement === measurement && (metric === undefined || row.tags["metric"] === safeTag(metric)),
    )
    .reduce((sum, { values }) => sum + fields.reduce((all, field) => all + Number(values[field] ?? 0), 0), 0);
}
