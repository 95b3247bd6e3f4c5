import type { SeedSize } from "../seed.ts";

/**
 * The seeded rows as INSERT … SELECT FROM generate_series: Postgres makes them itself, so that 170,000 rows take
 * about two seconds and no data file exists. Every value is a function of the seed and the row's number.
 */
export function seedStatements(size: SeedSize, passwordHash: string): readonly SeedStatement[] {
  const { seed, users, projectsPerUser, specsPerProject, memoriesPerUser, templates } = size;
  const projects = users * projectsPerUser;
  return [
    {
      text: `INSERT INTO users (id, email, name, role, password_hash, created_at)
        SELECT i, 'user-' || lpad(i::text, greatest(4, length(i::text)), '0') || '@proofload.test', 'User ' || i,
          CASE WHEN i = 1 THEN 'admin' ELSE 'user' END, $2, ${seededAt("i")}
        FROM generate_series(1, $1::int) i`,
      values: [users, passwordHash],
    },
    {
      text: `INSERT INTO projects (id, user_id, name, description, status, created_at, updated_at, archived_at)
        SELECT j, (j - 1) / $2::int + 1, 'Project ' || j || ' ' || ${pick("subjects", "$3", "j", 1)},
          'A ' || ${pick("qualities", "$3", "j", 2)} || ' ' || ${pick("subjects", "$3", "j", 3)} || ' project of the seed',
          CASE WHEN j % 10 = 0 THEN 'archived' ELSE 'active' END, ${seededAt("j")}, ${seededAt("j")},
          CASE WHEN j % 10 = 0 THEN ${seededAt("j")} END
        FROM generate_series(1, $1::int) j`,
      values: [projects, projectsPerUser, seed],
    },
    {
      // Keys repeat after seven specs of a project, with other values: three conflicts in each project of ten.
      text: `INSERT INTO specs (id, project_id, key, value, category, created_at, updated_at)
        SELECT k, (k - 1) / $2::int + 1,
          ${pick("keys", "0", "((k - 1) % $2::int) % 7", 0, "cycle")},
          ${pick("qualities", "$3", "k", 4)} || ' ' || ${pick("subjects", "$3", "k", 5)} || ' ' || k,
          ${pick("categories", "0", "((k - 1) % $2::int) % 7", 0, "cycle")}, ${seededAt("k")}, ${seededAt("k")}
        FROM generate_series(1, $1::int) k`,
      values: [projects * specsPerProject, specsPerProject, seed],
    },
    {
      text: `INSERT INTO memories (id, user_id, content, tags, created_at)
        SELECT m, (m - 1) / $2::int + 1,
          'Remember that the ' || ${pick("subjects", "$3", "m", 6)} || ' must stay ' || ${pick("qualities", "$3", "m", 7)}
            || ' while the ' || ${pick("subjects", "$3", "m", 8)} || ' grows, note ' || m,
          ARRAY[${pick("subjects", "$3", "m", 6)}, ${pick("categories", "$3", "m", 9)}], ${seededAt("m")}
        FROM generate_series(1, $1::int) m`,
      values: [users * memoriesPerUser, memoriesPerUser, seed],
    },
    {
      text: `INSERT INTO templates (id, title, questions, updated_at)
        SELECT t, 'Template ' || t || ': ' || ${pick("subjects", "$2", "t", 10)},
          ARRAY(SELECT 'What makes the ' || ${pick("subjects", "$2", "t * 16 + q", 11)} || ' '
              || ${pick("qualities", "$2", "t * 16 + q", 12)} || ' enough for question ' || q || '?'
            FROM generate_series(1, 12) q), ${seededAt("t")}
        FROM generate_series(1, $1::int) t`,
      values: [templates, seed],
    },
    ...["users", "projects", "specs", "memories", "templates"].map((table) => ({
      text: `SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM ${table}), false)`,
      values: [],
    })),
  ];
}

export interface SeedStatement {
  readonly text: string;
  readonly values: unknown[];
}

const words = {
  subjects: "gateway ledger scheduler search billing archive notifier importer session report queue catalogue".split(
    " ",
  ),
  qualities: "fast durable simple observable bounded consistent idempotent portable secure predictable".split(" "),
  keys: "database language latency storage deployment authentication retention".split(" "),
  categories: "goals requirements constraints tech_stack quality operations security".split(" "),
};

/**
 * SQL for one word of a list: by a multiplicative hash of seed, salt and row (Knuth; md5 would take half of the seed's
 * time), or (`cycle`) simply by the row.
 */
function pick(
  list: keyof typeof words,
  seed: string,
  row: string,
  salt: number,
  how: "hash" | "cycle" = "hash",
): string {
  const array = `(ARRAY[${words[list].map((word) => `'${word}'`).join(",")}])`;
  const count = words[list].length;
  if (how === "cycle") return `${array}[1 + (${row}) % ${count}]`;
  const hash = `(((${row})::bigint * 2654435761 + (${seed}::bigint + ${salt * 7919}) * 40503) & 4294967295) >> 11`;
  return `${array}[1 + ((${hash}) % ${count})::int]`;
}

/** Row n was written n seconds after the seed's epoch: never `now()`, which would differ between two seedings. */
function seededAt(row: string): string {
  return `timestamptz '2026-01-01 00:00:00+00' + ${row} * interval '1 second'`;
}
