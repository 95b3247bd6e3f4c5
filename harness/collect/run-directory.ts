import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { z } from "zod";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import { planSchema } from "./plan-schema.ts";
import type { RunRecord } from "./record.ts";
import { recordSchema } from "./record-schema.ts";

/** Files of a run: plan.json, record.json, verdict.json and reports on top, scenarios/<name>/ below. */
export interface RunDirectory {
  readonly path: string;
  readonly runId: string;
  /**
   * Writes a file: text as it is, everything else as JSON. It is whole or not there at all. Throws PL_RUN_DIRECTORY
   * when the folder cannot be written to or the disk is full.
   */
  write(name: string, content: unknown): Promise<void>;
  /** Makes the folder of a scenario. */
  scenario(name: string): Promise<string>;
  /** Throw PL_RUN_UNREADABLE, naming file and field, when the file is missing, truncated or edited. */
  readPlan(): Promise<Plan>;
  readRecord(): Promise<RunRecord>;
}

/** Makes the folder of a new run. Throws PL_RUN_DIRECTORY when it cannot be made, or is there already. */
export async function createRunDirectory(root: string, runId: string): Promise<RunDirectory> {
  const path = join(root, runId);
  try {
    await makeFolder(root);
    await mkdir(path);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  return runDirectory(path, runId);
}

/** Opens the folder of a run to go on with it; makes it where there is none. Throws PL_RUN_DIRECTORY. */
export async function continueRunDirectory(path: string): Promise<RunDirectory> {
  try {
    await makeFolder(path);
    const real = await realpath(path);
    return runDirectory(real, basename(real));
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** With its parents. Node's own `recursive` never comes back below /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** Opens a stored run: an id, a unique prefix of one, a directory, "last" or "last~1". Throws PL_RUN_UNKNOWN. */
export async function openRun(root: string, run: string): Promise<RunDirectory> {
  const path = await resolveRun(root, run);
  return runDirectory(path, path.slice(path.lastIndexOf("/") + 1));
}

/** The absolute path of a stored run. Throws PL_RUN_UNKNOWN when there is none, or more than one. */
export async function resolveRun(root: string, run: string): Promise<string> {
  const ids = await listRuns(root);
  const steps = /^last(?:~(\d+))?$/.exec(run);
  if (steps !== null) {
    const id = ids.at(-1 - Number(steps[1] ?? 0));
    if (id !== undefined) return join(root, id);
    throw unknown(run, ids.length === 0 ? `there is no run in ${root} yet` : `there are only ${ids.length} in ${root}`);
  }
  if (ids.includes(run)) return join(root, run);
  const matching = ids.filter((id) => run !== "" && id.startsWith(run));
  if (matching.length === 1 && matching[0] !== undefined) return join(root, matching[0]);
  if (matching.length > 1) throw unknown(run, `it may be ${matching.join(" or ")}`);
  // The runs lie in <cwd>/.proofload/runs, and a relative path is one from there.
  const path = isAbsolute(run) ? run : resolve(root, "..", "..", run);
  if (run !== "" && (await isFile(join(path, "plan.json")))) return path.replace(/\/+$/, "");
  throw unknown(run, ids.length === 0 ? `there is no run in ${root} yet` : `the newest is ${ids.at(-1)}`);
}

/** Ids of the runs, oldest first: an id begins with its time. Empty where there is no folder. */
export async function listRuns(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const runs = await Promise.all(
    names.map(async (name) => ((await isFile(join(root, name, "plan.json"))) ? [name] : [])),
  );
  return runs.flat().sort();
}

function runDirectory(path: string, runId: string): RunDirectory {
  return {
    path,
    runId,
    write: (name, content) => writeWhole(join(path, name), content),
    async scenario(name) {
      const folder = join(path, "scenarios", name);
      await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
        throw cannotWrite(folder, cause);
      });
      return folder;
    },
    readPlan: () => readChecked(join(path, "plan.json"), planSchema),
    readRecord: () => readChecked(join(path, "record.json"), recordSchema),
  };
}

/** Through a temporary file beside it, synced and renamed: a reader sees the old file, or all of the new one. */
async function writeWhole(file: string, content: unknown): Promise<void> {
  const text = typeof content === "string" ? content : `${JSON.stringify(content, undefined, 1)}\n`;
  const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw cannotWrite(file, cause);
  }
}

/** A file that has to be as its schema says. Throws PL_RUN_UNREADABLE, naming file and field. */
export async function readChecked<Value>(file: string, schema: z.ZodType<Value>): Promise<Value> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = isMissing ? `${file} cannot be read: ${why}` : `${file} is no whole JSON: ${why}`;
    throw new ProofloadError("PL_RUN_UNREADABLE", what, { cause });
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue): Problem => ({ what: issue.message, where: `${file}: ${issue.path.join(".") || "top level"}` }),
  );
  const [first] = problems;
  throw new ProofloadError(
    "PL_RUN_UNREADABLE",
    `${file} was truncated or edited, or comes from another version of proofload: ${first?.where.slice(file.length + 2)}: ${first?.what}`,
    { problems },
  );
}

function cannotWrite(path: string, cause: unknown): ProofloadError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const why =
    code === "ENOSPC"
      ? "the disk is full"
      : code === "EEXIST"
        ? "it is there already"
        : cause instanceof Error
          ? cause.message
          : String(cause);
  return new ProofloadError("PL_RUN_DIRECTORY", `cannot write ${path}: ${why}`, { cause });
}

function unknown(run: string, what: string): ProofloadError {
  return new ProofloadError("PL_RUN_UNKNOWN", `there is no run "${run}": ${what}`);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
