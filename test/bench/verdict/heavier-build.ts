/** Builds of the reference service that do a fixed number of loop turns more on one path that reads Postgres. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { changedBuild } from "./changed-build.ts";

const run = promisify(execFile);

const FILE = "targets/reference/src/projects/project-routes.ts";
/** In the handler of GET /api/projects, after its rows have come from the database. */
const AFTER = "const items = rows.flatMap(";

/** Both have the same files but for the loop; with 0 turns it is there and turns never. */
export async function buildWith(turns: number): Promise<string> {
  return changedBuild(FILE, AFTER, `${loopOf(turns)}\n      ${AFTER}`);
}

/** The accumulator is kept, so that no compiler leaves the loop out. */
function loopOf(turns: number): string {
  return `let extra = 1;
      for (let turn = 0; turn < ${turns}; turn += 1) extra = (Math.imul(extra, 1664525) + 1013904223) | 0;
      if (extra === 0.5) throw new Error("no integer is a half");`;
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
