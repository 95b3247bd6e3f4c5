import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { AbSide } from "../collect/ab-record.ts";

const run = promisify(execFile);

export type Commit = NonNullable<AbSide["commit"]>;

/** What git says, without the last line's end. Rejects with git's own words when it fails. */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", [...args], { cwd: directory, maxBuffer: 256 * 1024 ** 2 });
  return stdout.replace(/\n$/, "");
}

/** The top folder of the checkout that `directory` lies in; undefined outside of one or without git. */
export async function checkoutOf(directory: string): Promise<string | undefined> {
  return git(directory, "rev-parse", "--show-toplevel").catch(() => undefined);
}

/** Undefined when there is no such commit. */
export async function commitNamed(directory: string, ref: string): Promise<Commit | undefined> {
  const named = ["--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const sha = await git(directory, "rev-parse", ...named).catch(() => undefined);
  if (sha === undefined) return undefined;
  const time = await git(directory, "show", "--no-patch", "--format=%cI", sha);
  return { sha, time: new Date(time).toISOString(), dirty: false };
}

/** The commit that the working tree stands on, and whether tracked files have changed; undefined without one. */
export async function workingTree(directory: string): Promise<Commit | undefined> {
  const head = await commitNamed(directory, "HEAD");
  if (head === undefined) return undefined;
  const changes = await git(directory, "status", "--porcelain", "--untracked-files=no");
  return { ...head, dirty: changes !== "" };
}

/** Branches and tags, for a misspelt one. */
export async function refNames(directory: string): Promise<readonly string[]> {
  const names = await git(directory, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags");
  return names === "" ? [] : names.split("\n");
}
