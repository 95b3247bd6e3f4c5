import type { InfluxServer } from "./server.ts";

export interface WriteAnswer {
  readonly status: number;
  readonly body: string;
}

export interface WriteAs {
  /** Another way to the same server: a proxy. */
  readonly url?: string;
  readonly bucket?: string;
  readonly token?: string;
}

/** One request to /api/v2/write as any client would send it, with times in milliseconds. */
export async function write(server: InfluxServer, lines: readonly string[], as: WriteAs = {}): Promise<WriteAnswer> {
  const url = new URL("/api/v2/write", as.url ?? server.url);
  url.search = new URLSearchParams({ org: server.org, bucket: as.bucket ?? server.bucket, precision: "ms" }).toString();
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Token ${as.token ?? server.token}`, "content-type": "text/plain; charset=utf-8" },
    body: lines.join("\n"),
  });
  return { status: response.status, body: await response.text() };
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** The rows of one InfluxQL statement, times in epoch milliseconds. @throws Error with the database's own words. */
export async function influxql(server: InfluxServer, statement: string, via = server.url): Promise<readonly Row[]> {
  const url = new URL("/query", via);
  url.search = new URLSearchParams({ db: "proofload", epoch: "ms", q: statement }).toString();
  const response = await fetch(url, { headers: { authorization: `Token ${server.token}` } });
  const answer = (await response.json()) as Answer;
  const error = answer.error ?? answer.message ?? answer.results?.[0]?.error;
  if (error !== undefined) throw new Error(`${statement}: ${error}`);
  return (answer.results?.[0]?.series ?? []).flatMap(({ columns, values, tags }) =>
    values.map((row) => ({ ...tags, ...Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])) })),
  );
}

interface Answer {
  readonly error?: string;
  /** 2.7's word for it. */
  readonly message?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly values: readonly (readonly (string | number | boolean | null)[])[];
      readonly tags?: Readonly<Record<string, string>>;
    }[];
  }[];
}
