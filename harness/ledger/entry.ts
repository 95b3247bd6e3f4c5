import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { ProofloadError } from "../errors.ts";
import { sha256 } from "../load/workload-hash.ts";
import { canonicalText } from "../plan/differences.ts";

/** What proofload keeps of one measurement: a run, a comparison of two versions, a search for capacity. */
export type EntryKind = "run" | "ab" | "capacity";

/**
 * Everything that a folder of `.proofload` says about one measurement, without its raw log. Plan, record and verdict are
 * as they lie in their files, and are looked at only when they are indexed.
 */
export interface LedgerEntry {
  readonly schema: "proofload/ledger-entry/1";
  /** A study is about proofload itself; it is carried from machine to machine, and is in no index. */
  readonly kind: EntryKind | "study";
  readonly id: string;
  readonly plan?: unknown;
  readonly record: unknown;
  readonly verdict?: unknown;
}

/** One file of the history: its name is the hash of its content, so that two of one name cannot differ. */
export interface PackedEntry {
  /** "<sha256>.json.gz" */
  readonly name: string;
  readonly bytes: Buffer;
}

const ENDING = ".json.gz";

/** No record is nearly as large; a small file that unpacks to more is refused. */
const MOST_BYTES = 512 * 1024 ** 2;

/** sha256 of the entry's canonical JSON: fields sorted, no blanks. */
export function hashOfEntry(entry: LedgerEntry): string {
  return sha256(canonicalText(entry));
}

export async function packEntry(entry: LedgerEntry): Promise<PackedEntry> {
  const text = canonicalText(entry);
  return { name: `${sha256(text)}${ENDING}`, bytes: await promisify(gzip)(text) };
}

/** The hash that a file of the history promises, or undefined where it is named as none. */
export function hashInName(name: string): string | undefined {
  return /^([0-9a-f]{64})\.json\.gz$/.exec(name)?.[1];
}

export function nameOfHash(hash: string): string {
  return `${hash}${ENDING}`;
}

/**
 * The entry in the bytes of a file, when they are what its name says: a file that was cut short, edited or renamed is
 * not read. Throws PL_LEDGER.
 */
export async function unpackEntry(name: string, bytes: Buffer): Promise<LedgerEntry> {
  const promised = hashInName(name);
  if (promised === undefined) throw damaged(`its name is not <sha256>${ENDING}`);
  const text = await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }).then(
    (content) => content.toString("utf8"),
    (cause: unknown) => {
      throw damaged(`it cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`);
    },
  );
  const hash = sha256(text);
  if (hash !== promised) throw damaged(`its content has sha256 ${hash.slice(0, 12)}…, not what its name says`);
  const entry: unknown = JSON.parse(text);
  if (!isEntry(entry)) throw damaged("it is no entry of this version of proofload");
  return entry;
}

function isEntry(value: unknown): value is LedgerEntry {
  if (typeof value !== "object" || value === null) return false;
  const { schema, kind, id, record } = value as Partial<Record<keyof LedgerEntry, unknown>>;
  return (
    schema === "proofload/ledger-entry/1" &&
    (kind === "run" || kind === "ab" || kind === "capacity" || kind === "study") &&
    // It becomes part of a path nowhere, but of what is printed everywhere.
    typeof id === "string" &&
    /^[\w.+-]{1,200}$/.test(id) &&
    typeof record === "object" &&
    record !== null
  );
}

function damaged(why: string): ProofloadError {
  return new ProofloadError("PL_LEDGER", why);
}
