import type { DatabaseSync } from "node:sqlite";
import { sha256 } from "../load/workload-hash.ts";
import { openDatabase, TABLES, transaction } from "./database.ts";
import { hashOfEntry } from "./entry.ts";
import { type LedgerLayout, layoutOf } from "./layout.ts";
import { type EntryRows, rowsOfEntry } from "./rows.ts";
import { listSources } from "./sources.ts";

/** The index over everything in `.proofload`, as new as the files are. */
export interface Ledger extends Disposable {
  readonly layout: LedgerLayout;
  readonly database: DatabaseSync;
  /** Why the database was made anew; undefined in the usual case. */
  readonly renewed?: string;
  /** What lies there and cannot be read. */
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  /** "runs/20261121-…" */
  readonly source: string;
  readonly why: string;
}

export interface OpenLedgerOptions {
  /** Read everything again, as if there were no database. */
  readonly rebuild?: boolean;
  /** Sources that were written again since they were indexed: "runs/20261121-…". */
  readonly changed?: readonly string[];
  readonly onProgress?: (done: number, of: number) => void;
}

/** Opens the ledger of a `.proofload` folder and brings it up to its files. Throws PL_LEDGER. */
export async function openLedger(root: string, options: OpenLedgerOptions = {}): Promise<Ledger> {
  const layout = layoutOf(root);
  const { database, renewed } = await openDatabase(layout);
  try {
    await bringUpToDate(database, layout, options);
    return {
      layout,
      database,
      unreadable: database
        .prepare("SELECT source, why FROM unreadable")
        .all()
        .map(({ source, why }) => ({ source: String(source), why: String(why) })),
      ...(renewed === undefined ? {} : { renewed }),
      [Symbol.dispose]: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Read {
  readonly source: string;
  readonly id: string;
  readonly hash: string;
  readonly rows: EntryRows;
}

/**
 * What is new is read, once, and what is gone is left out. Files are read, and their rows made, before the database is locked; whoever
 * comes second writes the same rows over the same keys.
 */
async function bringUpToDate(
  database: DatabaseSync,
  layout: LedgerLayout,
  { rebuild = false, changed = [], onProgress }: OpenLedgerOptions,
): Promise<void> {
  // Before the folders are listed: what another process indexes from now on has its files there already.
  const known = columnOf(database, "SELECT source FROM sources UNION SELECT source FROM unreadable").map(String);
  const sources = await listSources(layout);
  const there = new Set(sources.map(({ name }) => name));
  const old = known.filter((name) => rebuild || changed.includes(name) || !there.has(name));
  const fresh = sources.filter(({ name }) => !known.includes(name) || old.includes(name));
  const read: Read[] = [];
  const unreadable: Unreadable[] = [];
  for (const [index, source] of fresh.entries()) {
    onProgress?.(index, fresh.length);
    try {
      const entry = await source.read();
      const hash = hashOfEntry(entry);
      read.push({ source: source.name, id: entry.id, hash, rows: rowsOfEntry(entry, hash) });
    } catch (error) {
      unreadable.push({ source: source.name, why: whyOf(error) });
    }
  }
  if (!rebuild && fresh.length === 0 && old.length === 0) return;
  transaction(database, () => {
    if (rebuild) for (const table of Object.keys(TABLES)) database.exec(`DELETE FROM ${table}`);
    for (const source of old) forget(database, source);
    for (const one of read) add(database, one);
    for (const { source, why } of unreadable) insert(database, "unreadable", { source, why });
  });
  // Where a run lost the content that was indexed, what else there is of it counts again.
  if (old.length > 0 && !rebuild) await bringUpToDate(database, layout, {});
}

/**
 * Of two contents for one id (a run whose books were closed later) the one with the greater hash is indexed, wherever
 * they came from and in whichever order: so every machine that has both shows the same.
 */
function add(database: DatabaseSync, { source, id, hash, rows }: Read): void {
  const known = database.prepare("SELECT hash FROM runs WHERE id = ?").get(id)?.["hash"];
  if (known === undefined || hash > String(known)) {
    remove(database, id);
    for (const [table, list] of Object.entries(rows)) for (const row of list) insert(database, table, row);
  }
  insert(database, "sources", { source, run: id, hash });
}

/** A run goes with the last of its sources; where another content of it is left, that is read again. */
function forget(database: DatabaseSync, source: string): void {
  database.prepare("DELETE FROM unreadable WHERE source = ?").run(source);
  const gone = database.prepare("SELECT run, hash FROM sources WHERE source = ?").get(source);
  if (gone === undefined) return;
  const { run, hash } = gone;
  database.prepare("DELETE FROM sources WHERE source = ?").run(source);
  const same = database.prepare("SELECT 1 FROM sources WHERE run = ? AND hash = ?").get(String(run), String(hash));
  const indexed = database.prepare("SELECT 1 FROM runs WHERE id = ? AND hash = ?").get(String(run), String(hash));
  if (same !== undefined || indexed === undefined) return;
  remove(database, String(run));
  database.prepare("DELETE FROM sources WHERE run = ?").run(String(run));
}

function remove(database: DatabaseSync, id: string): void {
  database.prepare("DELETE FROM runs WHERE id = ?").run(id);
  for (const table of ["parts", "figures", "histograms"])
    database.prepare(`DELETE FROM ${table} WHERE run = ?`).run(id);
}

function insert(database: DatabaseSync, table: string, row: Readonly<Record<string, string | number | null>>): void {
  const names = Object.keys(row);
  const statement = `INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
  database.prepare(statement).run(...Object.values(row));
}

/** All rows of all tables in the order of their keys: two ledgers of one content give the same text. */
export function dumpLedger({ database }: Pick<Ledger, "database">): string {
  return Object.keys(TABLES)
    .flatMap((table) => [
      `-- ${table}`,
      // Tables without row ids are read in the order of their keys, whatever the order of writing was.
      ...database
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .map((row) => JSON.stringify(Object.values(row))),
    ])
    .join("\n");
}

export interface LedgerContent {
  readonly runs: number;
  readonly figures: number;
  /** sha256 of everything in it. */
  readonly content: string;
}

export function contentOf(ledger: Pick<Ledger, "database">): LedgerContent {
  const count = (table: string) =>
    Number(ledger.database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"] ?? 0);
  return { runs: count("runs"), figures: count("figures"), content: sha256(dumpLedger(ledger)) };
}

function columnOf(database: DatabaseSync, query: string): unknown[] {
  return database
    .prepare(query)
    .all()
    .map((row) => Object.values(row)[0]);
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
