import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CommitRecord } from "../collect/record.ts";

const run = promisify(execFile);

/**
 * The commit that is measured, its branch, and whether the tree had changes; undefined outside a git checkout or without
 * git. CI checks out a commit and no branch: then its name comes from the variables of GitHub or GitLab.
 */
export async function commitOf(
  directory: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<CommitRecord | undefined> {
  const git = async (...args: readonly string[]) => (await run("git", [...args], { cwd: directory })).stdout.trim();
  try {
    const [sha = "", time = ""] = (await git("show", "--no-patch", "--format=%H %cI", "HEAD")).split(" ");
    const changes = await git("status", "--porcelain", "--untracked-files=no");
    const branch = (await git("branch", "--show-current")) || branchOfCi(env);
    return {
      sha,
      time: new Date(time).toISOString(),
      dirty: changes !== "",
      ...(branch === undefined ? {} : { branch }),
    };
  } catch {
    return undefined;
  }
}

function branchOfCi(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return [env["GITHUB_HEAD_REF"], env["GITHUB_REF_NAME"], env["CI_COMMIT_REF_NAME"]].find(
    (name) => name !== undefined && name !== "",
  );
}
