/** Runs statements one after the other on a connection of their own; returns the rows of the last one. */
export async function query(url: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  // Loaded when it is needed: commands that start nothing stay quick.
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on("error", () => {}); // the server went away: the statement under way is rejected with it
  try {
    await client.connect();
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}
