import type { InfluxServer } from "../influx/server.ts";

/** One row of an answer: the tags of its series, its time, and its columns. */
export interface Row {
  readonly tags: Readonly<Record<string, string>>;
  /** Epoch milliseconds; 0 in answers without a time. */
  readonly time: number;
  readonly values: Readonly<Record<string, number | string | null>>;
}

interface Answer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly tags?: Readonly<Record<string, string>>;
      readonly columns: readonly string[];
      readonly values: readonly (readonly (number | string | null)[])[];
    }[];
  }[];
}

/** Asks as Grafana's data source does, as it is set up by dashboards/provisioning: POST, the token in a header. */
export async function ask(server: InfluxServer, query: string): Promise<Row[]> {
  const [database = ""] = server.bucket.split("/");
  const response = await fetch(`${server.url}/query?db=${encodeURIComponent(database)}&epoch=ms`, {
    method: "POST",
    headers: { authorization: `Token ${server.token}` },
    body: new URLSearchParams({ q: query }),
  });
  const answer = (await response.json()) as Answer;
  const [result] = answer.results ?? [];
  const error = answer.error ?? result?.error;
  if (!response.ok || error !== undefined) throw new Error(`${response.status} ${error ?? ""}\n${query}`);
  return (result?.series ?? []).flatMap(({ tags = {}, columns, values }) =>
    values.map((cells) => {
      const named = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null]));
      return { tags, time: Number(named["time"] ?? 0), values: named };
    }),
  );
}
