/**
 * What was measured about proofload itself on this machine, by `aa` and by `npm run bench:verdict`: one file for each
 * study, .proofload/studies/<name>/<id>.json. A result is in it as soon as it is measured, so that a study goes on where
 * it was stopped.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunRecord } from "./collect/record.ts";
import { continueRunDirectory } from "./collect/run-directory.ts";
import type { MachineFacts } from "./environment/fingerprint/fingerprint.ts";
import { machineFacts } from "./environment/fingerprint/machine.ts";
import { ProofloadError } from "./errors.ts";
import { proofloadVersion } from "./version.ts";

/** Where studies live, relative to the folder in which proofload was started. */
export const STUDIES_DIRECTORY = join(".proofload", "studies");

export interface StoredStudy<Result> {
  readonly schema: "proofload/study/1";
  readonly name: string;
  readonly id: string;
  readonly startedAt: string;
  /** When the last result came. */
  readonly updatedAt: string;
  readonly proofloadVersion: string;
  readonly commit?: RunRecord["commit"];
  readonly machine: MachineFacts;
  /** What it was asked for; a study goes on only under the same. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** True when nothing is left to measure. */
  readonly finished: boolean;
  readonly results: readonly Result[];
}

export interface Study<Result> {
  readonly id: string;
  readonly file: string;
  /** What is measured already, oldest first. */
  readonly results: readonly Result[];
  /** On disk when it resolves. Throws PL_RUN_DIRECTORY. */
  append(result: Result): Promise<void>;
  finish(): Promise<void>;
}

export interface StudyOptions {
  /** Holds one folder for each name. */
  readonly root: string;
  readonly name: string;
  readonly settings: StoredStudy<unknown>["settings"];
  readonly commit?: RunRecord["commit"];
  /** Begin a new one even where one could go on. */
  readonly fresh?: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The newest unfinished study of this name, if it has the same settings, commit and version; else a new one.
 * Throws PL_RUN_DIRECTORY where the folder cannot be written to.
 */
export async function openStudy<Result>(options: StudyOptions): Promise<Study<Result>> {
  const { root, name, settings, commit, now } = options;
  const at = () => new Date(now()).toISOString();
  const newest = (await readStudies<Result>(root, name)).at(-1);
  const goesOn =
    newest !== undefined &&
    options.fresh !== true &&
    !newest.finished &&
    newest.commit?.sha === commit?.sha &&
    newest.proofloadVersion === proofloadVersion() &&
    JSON.stringify(newest.settings) === JSON.stringify(settings);
  let stored: StoredStudy<Result> = goesOn
    ? newest
    : {
        schema: "proofload/study/1",
        name,
        id: `${at().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15)}-${process.pid.toString(36)}`,
        startedAt: at(),
        updatedAt: at(),
        proofloadVersion: proofloadVersion(),
        ...(commit === undefined ? {} : { commit }),
        machine: machineFacts(),
        settings,
        finished: false,
        results: [],
      };
  const directory = await continueRunDirectory(join(root, name));
  const save = async (changed: Partial<StoredStudy<Result>>) => {
    stored = { ...stored, ...changed, updatedAt: at() };
    await directory.write(`${stored.id}.json`, stored);
  };
  return {
    id: stored.id,
    file: join(root, name, `${stored.id}.json`),
    get results() {
      return stored.results;
    },
    append: (result) => save({ results: [...stored.results, result] }),
    finish: () => save({ finished: true }),
  };
}

/** Oldest first; empty where there is none. Throws PL_RUN_UNREADABLE, naming the file, where one is damaged. */
export async function readStudies<Result>(root: string, name: string): Promise<readonly StoredStudy<Result>[]> {
  const names = (await readdir(join(root, name)).catch(() => [])).filter((file) => file.endsWith(".json")).sort();
  return Promise.all(names.map((file) => readStudy<Result>(join(root, name, file))));
}

async function readStudy<Result>(file: string): Promise<StoredStudy<Result>> {
  try {
    const stored: StoredStudy<Result> = JSON.parse(await readFile(file, "utf8"));
    if (stored.schema !== "proofload/study/1" || !Array.isArray(stored.results)) throw new TypeError("it is no study");
    return stored;
  } catch (cause) {
    throw new ProofloadError("PL_RUN_UNREADABLE", `${file} cannot be read as a study`, { cause });
  }
}
