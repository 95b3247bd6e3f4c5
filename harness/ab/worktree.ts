import { mkdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Holder, takeFolderLock } from "../environment/host-lock.ts";
import { ProofloadError } from "../errors.ts";
import { type Commit, git } from "./git.ts";

export interface Worktree extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
}

export interface WorktreeOptions {
  /** Top folder of the user's checkout. */
  readonly checkout: string;
  /** Absolute folder that holds the worktrees. */
  readonly worktrees: string;
  /** Who makes it: the run that others are told of. */
  readonly holder: Holder;
}

/** Runs of one commit at the same time. */
const MOST = 16;

/**
 * The files of a commit in a folder of their own, by `git worktree`. The folder is this process's alone: a lock that the
 * kernel takes away with its owner tells a folder in use from one that a killed run has left behind, which is repaired.
 * @throws ProofloadError PL_BUILD_FAILED with git's own words.
 */
export async function openWorktree({ sha }: Commit, options: WorktreeOptions): Promise<Worktree> {
  const { checkout, worktrees, holder } = options;
  await mkdir(worktrees, { recursive: true });
  const root = await realpath(worktrees);
  await removeLeft(checkout, root, holder);
  await using undo = new AsyncDisposableStack();
  const path = await lockedFolder(root, sha, holder, undo);
  try {
    await remove(checkout, path);
    undo.defer(() => remove(checkout, path));
    await git(checkout, "worktree", "add", "--quiet", "--detach", "--force", path, sha);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_BUILD_FAILED", `git cannot make a worktree of ${sha}: ${why}`, { cause });
  }
  const kept = undo.move();
  return { path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function lockedFolder(root: string, sha: string, holder: Holder, undo: AsyncDisposableStack): Promise<string> {
  for (let count = 1; count <= MOST; count += 1) {
    const path = join(root, count === 1 ? sha : `${sha}-${count}`);
    const lock = await lockOf(path, holder);
    if (lock !== undefined) {
      undo.use(lock);
      return path;
    }
  }
  throw new ProofloadError("PL_BUSY", `${MOST} runs have a worktree of ${sha} already`);
}

/** Worktrees below `root` whose run has ended without removing them: crashed, or killed. */
async function removeLeft(checkout: string, root: string, holder: Holder): Promise<void> {
  const listed = (await git(checkout, "worktree", "list", "--porcelain")).split("\n");
  for (const line of listed) {
    const path = line.startsWith("worktree ") ? line.slice("worktree ".length) : "";
    if (dirname(path) !== root || !/^[0-9a-f]{40,64}(-\d+)?$/.test(basename(path))) continue;
    await using lock = await lockOf(path, holder);
    if (lock !== undefined) await remove(checkout, path);
  }
}

/** Undefined where another run holds it. */
async function lockOf(path: string, holder: Holder): Promise<AsyncDisposable | undefined> {
  try {
    return await takeFolderLock(path, holder);
  } catch (error) {
    if (error instanceof ProofloadError && error.code === "PL_RUN_DIRECTORY") return undefined;
    throw error;
  }
}

/** The folder and what git knows of it, as far as either is there. */
async function remove(checkout: string, path: string): Promise<void> {
  await git(checkout, "worktree", "remove", "--force", "--force", path).catch(() => {});
  await rm(path, { recursive: true, force: true });
}
