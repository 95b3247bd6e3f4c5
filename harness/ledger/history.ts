import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Problem, ProofloadError } from "../errors.ts";
import type { StoredRun } from "../verdict/comparable.ts";
import { hashInName, hashOfEntry, type LedgerEntry, nameOfHash, packEntry, unpackEntry } from "./entry.ts";
import type { LedgerLayout } from "./layout.ts";
import { FOLDERS } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { rowsOfEntry, storedRunOf } from "./rows.ts";
import { isFile, kindOfFolder, readFolder, readPacked } from "./sources.ts";
import { keepStudy, listStudies, studyEntry } from "./studies.ts";

/** Writes one file into a folder, whole or not at all. True when it was not there before. */
export async function keepEntry(folder: string, entry: LedgerEntry): Promise<boolean> {
  const file = join(folder, nameOfHash(hashOfEntry(entry)));
  if (await isFile(file)) return false;
  await mkdir(folder, { recursive: true });
  const { bytes } = await packEntry(entry);
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, bytes, { flush: true });
  await rename(temporary, file);
  return true;
}

/** The entry that is indexed for an id, from the folder or the history. Throws PL_LEDGER where its file was changed. */
async function entryOf({ database, layout }: Pick<Ledger, "database" | "layout">, id: string): Promise<LedgerEntry> {
  const query =
    "SELECT source FROM sources JOIN runs ON runs.id = sources.run AND runs.hash = sources.hash WHERE run = ?";
  const source = String(database.prepare(query).get(id)?.["source"] ?? "");
  const [folder = "", name = ""] = source.split("/");
  if (folder === "history") return readPacked(join(layout.history, name));
  const kind = (["run", "ab", "capacity"] as const).find((one) => FOLDERS[one].folder === folder);
  if (kind === undefined) throw new ProofloadError("PL_LEDGER", `the ledger has nothing of ${id}`);
  return readFolder(kind, join(layout.root, folder, name));
}

export async function storedRunIn(ledger: Pick<Ledger, "database" | "layout">, id: string): Promise<StoredRun> {
  return storedRunOf(await entryOf(ledger, id));
}

export interface Exported {
  readonly runs: number;
  readonly studies: number;
  /** Files that were not in the folder before. */
  readonly written: number;
  /** What could not be read any more; everything else was exported. */
  readonly failed: readonly Problem[];
}

/**
 * One file for every run of the ledger, and for every study; what is there already is left as it is. Throws PL_LEDGER
 * where the folder cannot be written to.
 */
export async function exportHistory(
  ledger: Pick<Ledger, "database" | "layout">,
  folder: string,
  onProgress: (done: number, of: number) => void,
): Promise<Exported> {
  const rows = ledger.database.prepare("SELECT id, hash FROM runs").all();
  const studies = await listStudies(ledger.layout);
  const there = new Set(await readdir(folder).catch(() => []));
  const entries = [
    ...rows
      .filter(({ hash }) => !there.has(nameOfHash(String(hash))))
      .map(({ id }) => ({ where: String(id), read: () => entryOf(ledger, String(id)) })),
    ...studies.map((file) => ({ where: file, read: () => studyEntry(file) })),
  ];
  const failed: Problem[] = [];
  let written = 0;
  try {
    await mkdir(folder, { recursive: true });
    for (const [index, { where, read }] of entries.entries()) {
      onProgress(index, entries.length);
      const entry = await read().catch((error: unknown) => {
        failed.push({ where, what: error instanceof Error ? error.message : String(error) });
        return undefined;
      });
      if (entry !== undefined && (await keepEntry(folder, entry))) written += 1;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_LEDGER", `cannot write to ${folder}: ${why}`, { cause });
  }
  return { runs: rows.length, studies: studies.length, written, failed };
}

export interface Imported {
  /** Files and folders that were looked at. */
  readonly found: number;
  /** Those that were not in the history before. */
  readonly added: number;
  /** What was refused; everything else was taken. */
  readonly refused: readonly Problem[];
}

/**
 * Takes exported files, folders of them, and run directories into the history, and studies to where they lie. In the
 * history nothing is ever written over: a name is the hash of its content, so that the same file twice is one, and two
 * files never meet under one name.
 */
export async function importHistory(
  layout: LedgerLayout,
  paths: readonly string[],
  onProgress: (done: number, of: number) => void,
): Promise<Imported> {
  const files = (await Promise.all(paths.map(candidatesIn))).flat();
  const refused: Problem[] = [];
  let added = 0;
  for (const [index, path] of files.entries()) {
    onProgress(index, files.length);
    try {
      if (await take(layout, await readAny(path))) added += 1;
    } catch (error) {
      refused.push({ where: path, what: error instanceof Error ? error.message : String(error) });
    }
  }
  return { found: files.length, added, refused };
}

async function take(layout: LedgerLayout, entry: LedgerEntry): Promise<boolean> {
  if (entry.kind === "study") return keepStudy(layout, entry);
  // Only what can be indexed is kept.
  rowsOfEntry(entry, "");
  return keepEntry(layout.history, entry);
}

async function readAny(path: string): Promise<LedgerEntry> {
  const kind = await kindOfFolder(path);
  if (kind === undefined) return unpackEntry(basename(path), await readFile(path));
  const { last } = FOLDERS[kind];
  if (await isFile(join(path, last))) return readFolder(kind, path);
  throw new ProofloadError("PL_LEDGER", `it has not ended: there is no ${last}`);
}

/** A file is itself, a run directory as well; any other folder stands for the exported files in it. */
async function candidatesIn(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
  if (isFolder === undefined) throw new ProofloadError("PL_USAGE", `there is no file or folder ${path}`);
  if (!isFolder || (await kindOfFolder(path)) !== undefined) return [path];
  const names = (await readdir(path)).filter((name) => hashInName(name) !== undefined || name.endsWith(".json.gz"));
  return names.sort().map((name) => join(path, name));
}

/** Deletes the folder of a run; what it measured stays in the history. */
export async function pruneFolder(layout: LedgerLayout, id: string): Promise<void> {
  const path = join(layout.root, FOLDERS.run.folder, id);
  if (await isFile(join(path, FOLDERS.run.last))) await keepEntry(layout.history, await readFolder("run", path));
  await rm(path, { recursive: true, force: true });
}
