import { mkdir, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { ProofloadError } from "../errors.ts";
import type { LedgerLayout } from "./layout.ts";

/** Raised whenever a table changes, or what is written into one: an older database is made anew from the files. */
const VERSION = 2;

/** How long a writer waits for another one. */
const BUSY_MS = 30_000;

/** SQLite's own codes: https://www.sqlite.org/rescode.html */
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** Without row ids: the content says everything, and its order is that of the keys. */
export const TABLES = {
  sources: "source TEXT PRIMARY KEY, run TEXT NOT NULL, hash TEXT NOT NULL",
  unreadable: "source TEXT PRIMARY KEY, why TEXT NOT NULL",
  runs:
    "id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_at TEXT NOT NULL, suite TEXT NOT NULL, proofload_version TEXT NOT NULL, " +
    "commit_sha TEXT, commit_time TEXT, branch TEXT, dirty INTEGER, shared_host INTEGER NOT NULL, " +
    "verdict TEXT NOT NULL, sentence TEXT NOT NULL, hash TEXT NOT NULL",
  parts:
    "run TEXT NOT NULL, part TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, environment TEXT, verdict TEXT, " +
    "fingerprint TEXT, likeness TEXT, PRIMARY KEY (run, part)",
  figures:
    "run TEXT NOT NULL, part TEXT NOT NULL, subject_kind TEXT NOT NULL, subject TEXT NOT NULL, metric TEXT NOT NULL, " +
    "statistic TEXT NOT NULL, lower REAL NOT NULL, upper REAL NOT NULL, count REAL NOT NULL, " +
    "PRIMARY KEY (run, part, subject_kind, subject, metric, statistic)",
  histograms:
    "run TEXT NOT NULL, part TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run, part, subject)",
} as const;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** Why it was made anew; undefined when it was there and well, or is the first. */
  readonly renewed?: string;
}

/**
 * The database of a ledger, made where there is none, and made anew where it is damaged or of another version: it is an
 * index, and is filled from the files again. Throws PL_LEDGER when it cannot be written.
 */
export async function openDatabase({ root, database: file }: LedgerLayout): Promise<OpenedDatabase> {
  try {
    await mkdir(root, { recursive: true });
    const first = tryOpen(file);
    if (typeof first !== "string") return first;
    await Promise.all(["", "-journal", "-wal", "-shm"].map((ending) => rm(`${file}${ending}`, { force: true })));
    const second = tryOpen(file);
    if (typeof second === "string") throw new Error(second);
    return { ...second, renewed: first };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_LEDGER", `${file} cannot be opened: ${why}`, { cause });
  }
}

/** A sentence when what is there is no sound database. */
function tryOpen(file: string): OpenedDatabase | string {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_MS });
    const [check] = database.prepare("PRAGMA quick_check(1)").all();
    if (check?.["quick_check"] !== "ok") {
      database.close();
      return "the ledger's database was damaged";
    }
    const renewed = transaction(database, (open) => createTables(open));
    return { database, ...(renewed === undefined ? {} : { renewed }) };
  } catch (error) {
    database?.close();
    const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
    if (code === CORRUPT || code === NOT_A_DATABASE) return "the ledger's database was damaged";
    throw error;
  }
}

function createTables(database: DatabaseSync): string | undefined {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version === VERSION) return undefined;
  const old = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name } of old) database.exec(`DROP TABLE "${String(name).replaceAll('"', '""')}"`);
  for (const [name, columns] of Object.entries(TABLES))
    database.exec(`CREATE TABLE ${name} (${columns}) WITHOUT ROWID`);
  database.exec(`PRAGMA user_version = ${VERSION}`);
  return old.length === 0 ? undefined : `the ledger's database was of version ${version}, and this is ${VERSION}`;
}

/** All of it or nothing; one writer at a time, across processes. */
export function transaction<Result>(database: DatabaseSync, work: (database: DatabaseSync) => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work(database);
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
