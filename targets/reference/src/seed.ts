import { createHash } from "node:crypto";
import pg from "pg";
import { Passwords } from "./auth/passwords.ts";
import { migrate } from "./db/migrate.ts";
import { seedStatements } from "./db/seed-data.ts";
import { readSettings } from "./settings.ts";

/**
 * The seed command: migrations and the deterministic data of SEED into the empty database at DATABASE_URL.
 * All connections are closed and the tables analysed at the end, so that the database can serve as a TEMPLATE.
 */
async function main(): Promise<void> {
  const started = performance.now();
  const settings = readSettings(process.env);
  const size = readSize(process.env);
  const salt = createHash("sha256").update(`salt ${size.seed}`).digest().subarray(0, 16);
  const passwordHash = await new Passwords(settings.argon2).hash("proofload-password", salt);
  const client = new pg.Client({ connectionString: settings.databaseUrl, application_name: "proofload-seed" });
  await client.connect();
  try {
    await migrate(client);
    const { rows } = await client.query<{ count: string }>("SELECT count(*) FROM users");
    if (Number(rows[0]?.count) > 0) throw new Error("the database holds users already; the seed needs an empty one");
    await client.query("BEGIN");
    for (const { text, values } of seedStatements(size, passwordHash)) await client.query(text, values);
    await client.query("COMMIT");
    // Settles visibility and statistics now: a copy of this database must not start with an autovacuum.
    await client.query("VACUUM (ANALYZE, FREEZE) users, projects, specs, conflicts, memories, templates, jobs");
  } finally {
    await client.end();
  }
  const durationMs = Math.round(performance.now() - started);
  process.stdout.write(`${JSON.stringify({ msg: "seeded", ...size, durationMs })}\n`);
}

function readSize(env: NodeJS.ProcessEnv): SeedSize {
  const read = (name: string, fallback: number): number => {
    const value = Number(env[name] || fallback);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new Error(`${name} is "${env[name]}", but must be a whole number of 0 or more`);
  };
  return {
    seed: read("SEED", 20_261_121),
    users: read("SEED_USERS", 1000),
    projectsPerUser: read("SEED_PROJECTS_PER_USER", 10),
    specsPerProject: read("SEED_SPECS_PER_PROJECT", 10),
    memoriesPerUser: read("SEED_MEMORIES_PER_USER", 60),
    templates: read("SEED_TEMPLATES", 200),
  };
}

export interface SeedSize {
  readonly seed: number;
  readonly users: number;
  readonly projectsPerUser: number;
  readonly specsPerProject: number;
  readonly memoriesPerUser: number;
  readonly templates: number;
}

try {
  await main();
} catch (error) {
  const problem = error instanceof Error ? error.message || String(error) : String(error);
  process.stderr.write(`${JSON.stringify({ msg: "the seed failed", problem: problem || "connection refused" })}\n`);
  process.exitCode = 1;
}
