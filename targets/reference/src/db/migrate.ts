import type pg from "pg";
import { migrations } from "./schema.ts";

/** Applies the migrations that are missing, each in its own transaction. Two migrating at once wait for each other. */
export async function migrate(client: pg.Client): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`);
  for (const migration of migrations) {
    await client.query("BEGIN");
    try {
      await client.query("LOCK TABLE schema_migrations IN EXCLUSIVE MODE");
      const known = await client.query("SELECT 1 FROM schema_migrations WHERE name = $1", [migration.name]);
      if (known.rowCount === 0) {
        await client.query(migration.sql);
        await client.query("INSERT INTO schema_migrations (name) VALUES ($1)", [migration.name]);
      }
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    }
  }
}
