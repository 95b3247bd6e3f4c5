/** A build of this repository with one file changed: a git commit that no branch points to, and no file of the checkout. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../bench-k6.ts";

const run = promisify(execFile);

/** The commit. Throws where `before` is not in the file exactly once. */
export async function changedBuild(path: string, before: string, after: string): Promise<string> {
  const { stdout: source } = await run("git", ["show", `HEAD:${path}`], { cwd: ROOT, maxBuffer: 2 ** 26 });
  if (source.split(before).length !== 2) throw new Error(`${path} has changed: "${before}" is not in it once`);
  const folder = await mkdtemp(join(tmpdir(), "proofload-build-"));
  try {
    const env = { ...process.env, GIT_INDEX_FILE: join(folder, "index") };
    const git = async (...args: string[]) => (await run("git", args, { cwd: ROOT, env })).stdout.trim();
    const file = join(folder, "file");
    await writeFile(
      file,
      source.replace(before, () => after),
    );
    await git("read-tree", "HEAD");
    const blob = await git("hash-object", "-w", file);
    await git("update-index", "--cacheinfo", `100644,${blob},${path}`);
    const tree = await git("write-tree");
    const author = ["-c", "user.name=bench", "-c", "user.email=bench@proofload.test"];
    return await git(...author, "commit-tree", tree, "-p", "HEAD", "-m", "A build for bench:verdict");
  } finally {
    await rm(folder, { recursive: true });
  }
}
