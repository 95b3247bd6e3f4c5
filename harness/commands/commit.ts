import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { RunRecord } from "../collect/record.ts";

const run = promisify(execFile);

/** The commit that is measured, and whether the tree had changes; undefined outside a git checkout or without git. */
export async function commitOf(directory: string): Promise<RunRecord["commit"]> {
  try {
    const { stdout: head } = await run("git", ["show", "--no-patch", "--format=%H %cI", "HEAD"], { cwd: directory });
    const [sha = "", time = ""] = head.trim().split(" ");
    const { stdout: changes } = await run("git", ["status", "--porcelain", "--untracked-files=no"], { cwd: directory });
    return { sha, time: new Date(time).toISOString(), dirty: changes.trim() !== "" };
  } catch {
    return undefined;
  }
}
