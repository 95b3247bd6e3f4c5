import { query } from "./sql.ts";

/** A server that we may administer, wherever it runs. */
export interface Postgres {
  adminUrl(database: string): string;
  /** As the role that the service has: owner of its database, no superuser, so that row-level security holds for it. */
  serviceUrl(database: string): string;
}

/** The state that every scenario starts from, and the one that the service works on. */
export const SEEDED = "seeded";
export const WORKING = "app";

export async function createSeededDatabase(postgres: Pick<Postgres, "adminUrl">): Promise<void> {
  await query(postgres.adminUrl("postgres"), `CREATE DATABASE ${SEEDED} OWNER app`);
  await query(postgres.adminUrl(SEEDED), "CREATE EXTENSION pg_stat_statements");
}

/**
 * After the seed: statistics for the planner, and no work left over for autovacuum in the middle of a measurement.
 */
export async function finishSeededDatabase(postgres: Pick<Postgres, "adminUrl">): Promise<void> {
  await query(postgres.adminUrl(SEEDED), "VACUUM (FREEZE, ANALYZE)");
}

/** A fresh copy of the seeded state; whoever is still connected to the old one is thrown out. */
export async function resetDatabase(postgres: Pick<Postgres, "adminUrl">): Promise<void> {
  await query(
    postgres.adminUrl("postgres"),
    `DROP DATABASE IF EXISTS ${WORKING} WITH (FORCE)`,
    // Copied file by file: no log is written, and the checkpoints before and after it are part of the statement, so
    // that every scenario begins with the same state of the log and of the buffers.
    `CREATE DATABASE ${WORKING} TEMPLATE ${SEEDED} OWNER app STRATEGY file_copy`,
    "SELECT pg_stat_statements_reset()",
  );
}
