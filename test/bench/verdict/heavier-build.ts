/**
 * A build of the reference service that does a fixed number of loop turns more on one path that reads Postgres: a git
 * commit of its own, that no branch points to and that leaves the working tree alone.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../bench-k6.ts";

const run = promisify(execFile);

const FILE = "targets/reference/src/projects/project-routes.ts";
/** In the handler of GET /api/projects, after its rows have come from the database. */
const AFTER = "const items = rows.flatMap(";

/** Both have the same files but for the loop; with 0 turns it is there and turns never. */
export async function buildWith(turns: number): Promise<string> {
  const { stdout: source } = await run("git", ["show", `HEAD:${FILE}`], { cwd: ROOT, maxBuffer: 2 ** 26 });
  if (source.split(AFTER).length !== 2) throw new Error(`${FILE} has changed: "${AFTER}" is not in it once`);
  return commitOf(source.replace(AFTER, `${loopOf(turns)}\n      ${AFTER}`));
}

/** The accumulator is kept, so that no compiler leaves the loop out. */
function loopOf(turns: number): string {
  return `let extra = 1;
      for (let turn = 0; turn < ${turns}; turn += 1) extra = (Math.imul(extra, 1664525) + 1013904223) | 0;
      if (extra === 0.5) throw new Error("no integer is a half");`;
}

async function commitOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "proofload-build-"));
  try {
    const env = { ...process.env, GIT_INDEX_FILE: join(folder, "index") };
    const git = async (...args: string[]) => (await run("git", args, { cwd: ROOT, env })).stdout.trim();
    const file = join(folder, "file");
    await writeFile(file, text);
    await git("read-tree", "HEAD");
    const blob = await git("hash-object", "-w", file);
    await git("update-index", "--cacheinfo", `100644,${blob},${FILE}`);
    const tree = await git("write-tree");
    const author = ["-c", "user.name=bench", "-c", "user.email=bench@proofload.test"];
    return await git(...author, "commit-tree", tree, "-p", "HEAD", "-m", "A build for bench:verdict");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Nanoseconds of one turn of the loop on this machine, compiled: the median of some rounds. */
export async function turnNs(): Promise<number> {
  const turns = 2_000_000;
  const script = `
    const work = () => { ${loopOf(turns)} return extra; };
    const times = [];
    for (let round = 0; round < 25; round += 1) {
      const began = process.hrtime.bigint();
      work();
      times.push(Number(process.hrtime.bigint() - began));
    }
    console.log(times.slice(4).sort((a, b) => a - b)[10]);`;
  const { stdout } = await run(process.execPath, ["-e", script]);
  return Number(stdout) / turns;
}
