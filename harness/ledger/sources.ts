import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ProofloadError } from "../errors.ts";
import { type EntryKind, hashInName, type LedgerEntry, unpackEntry } from "./entry.ts";
import { FOLDERS, type LedgerLayout } from "./layout.ts";

/** Something that an entry can be read from: "runs/20261121-…", "history/<sha256>.json.gz". */
export interface Source {
  readonly name: string;
  read(): Promise<LedgerEntry>;
}

const KINDS = ["run", "ab", "capacity"] as const satisfies readonly EntryKind[];

/** Everything that has ended and everything in the history, in order. */
export async function listSources(layout: LedgerLayout): Promise<Source[]> {
  const folders = await Promise.all(
    KINDS.map(async (kind) => {
      const { folder, last } = FOLDERS[kind];
      const names = await namesIn(join(layout.root, folder));
      const ended = await Promise.all(names.map((name) => isFile(join(layout.root, folder, name, last))));
      return names
        .filter((_, index) => ended[index])
        .map((name): Source => {
          const path = join(layout.root, folder, name);
          return { name: `${folder}/${name}`, read: () => readFolder(kind, path) };
        });
    }),
  );
  const history = (await namesIn(layout.history))
    .filter((name) => hashInName(name) !== undefined)
    .map((name): Source => ({ name: `history/${name}`, read: () => readPacked(join(layout.history, name)) }));
  return [...folders.flat(), ...history];
}

/** A file of the history. Throws PL_LEDGER where it is not what its name says. */
export async function readPacked(file: string): Promise<LedgerEntry> {
  return unpackEntry(basename(file), await readFile(file));
}

/** What a folder says. Throws PL_LEDGER where a file is missing or no JSON. */
export async function readFolder(kind: EntryKind, path: string): Promise<LedgerEntry> {
  const { record } = FOLDERS[kind];
  const [plan, measured, verdict] = await Promise.all([
    readJson(join(path, "plan.json")),
    readJson(join(path, record)),
    readJson(join(path, "verdict.json")),
  ]);
  if (measured === undefined) throw new ProofloadError("PL_LEDGER", `there is no ${record} in ${path}`);
  return {
    schema: "proofload/ledger-entry/1",
    kind,
    id: idOf(measured) ?? basename(path),
    ...(plan === undefined ? {} : { plan }),
    record: measured,
    ...(verdict === undefined ? {} : { verdict }),
  };
}

/** The kind of a folder that holds a measurement, by the file that it leaves; undefined where it holds none. */
export async function kindOfFolder(path: string): Promise<EntryKind | undefined> {
  for (const kind of KINDS) {
    if (await isFile(join(path, FOLDERS[kind].record))) return kind;
  }
  return undefined;
}

function idOf(record: unknown): string | undefined {
  const id = typeof record === "object" && record !== null && "runId" in record ? record.runId : undefined;
  return typeof id === "string" && /^[\w.+-]{1,200}$/.test(id) ? id : undefined;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    // What is there and cannot be read is not the same as what is not there: the entry would be another one.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_LEDGER", `${file} cannot be read: ${why}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProofloadError("PL_LEDGER", `${file} is no whole JSON`, { cause });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort();
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
