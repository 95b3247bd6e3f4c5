import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AbRecord } from "../../harness/collect/ab-record.ts";
import { abMicro } from "../../harness/commands/ab-micro.ts";
import { ProofloadError } from "../../harness/errors.ts";
import type { AbVerdict } from "../../harness/verdict/ab/ab-verdict.ts";
import { median } from "../../harness/verdict/stats/moments.ts";
import { seededRandom, shuffled } from "../../harness/verdict/stats/random.ts";
import { scratchFolder } from "./environment-support.ts";

const target = {
  name: "sums",
  title: "Sums",
  specification: "this test",
  service: {
    name: "none",
    directory: ".",
    command: ["node", "x.mjs"],
    needs: {},
    portVariable: "PORT",
    readyPath: "/",
    readyWithin: "1s",
  },
  profile: { name: "any", cpus: 1, memoryGiB: 1 },
  data: { seed: 1 },
  classes: {},
  endpoints: {},
  scenarios: {},
  micro: { sums: { title: "Sums", script: "micro/sums.bench.mjs", budgets: [] } },
  requirements: [],
};

/** The work of one operation is what differs between the versions: so many turns of a loop. */
const work = (turns: number) => `export function sum(from) {
  let total = from;
  for (let i = 0; i < ${turns}; i += 1) total = (total * 31 + i) | 0;
  return total;
}
`;
const BENCH = `import { sum } from "../src/sum.mjs";
let from = 0;
export default () => ({ sum: () => sum(from++) });
`;

let folder: ReturnType<typeof scratchFolder>;
let record: AbRecord;
let verdict: AbVerdict;
let exitCode: number;

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder.path, name)), { recursive: true });
  writeFileSync(join(folder.path, name), text);
}

function git(...args: string[]): string {
  const as = ["-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...as, ...args], { cwd: folder.path, encoding: "utf8", stdio: "pipe" }).trim();
}

async function ab(base: string, head: string, micro = "sums"): Promise<{ exitCode: number; printed: string }> {
  let printed = "";
  const out = { write: (text: string) => (printed += text), note() {}, live: false, colour: false, columns: 80 };
  const { path: cwd } = folder;
  const host = { env: process.env, cwd, out, interrupted: new AbortController().signal, now: () => Date.now() };
  const how = {
    config: undefined,
    output: undefined,
    starts: 6,
    minutes: 2,
    margin: "3%",
    seed: 7,
    json: true,
  } as const;
  return { exitCode: await abMicro(host, { micro, base, head, ...how, "share-host": true }), printed };
}

beforeAll(async () => {
  folder = scratchFolder();
  write("proofload.config.mjs", `export default { targets: [${JSON.stringify(target)}], suites: {} };`);
  write(".gitignore", ".proofload/\n");
  write("src/sum.mjs", work(2000));
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message", "without a benchmark");
  git("tag", "v1");
  write("micro/sums.bench.mjs", BENCH);
  write("src/sum.mjs", work(3000));
  const ended = await ab("v1", ".");
  exitCode = ended.exitCode;
  ({ record, verdict } = JSON.parse(ended.printed));
});
afterAll(() => folder[Symbol.dispose]());

describe("`proofload ab --micro` of a version that does half as much again", () => {
  it("measures the old version with the new benchmark: head takes half as long again", () => {
    const ratios = record.starts.flatMap(({ figures }) =>
      figures.filter(({ statistic }) => statistic === "p50").map(({ base, head }) => head / base),
    );
    // Whatever else the machine does: of one process right after the other, and of the median call.
    expect(median(ratios)).toBeGreaterThan(1.25);
    expect(median(ratios)).toBeLessThan(1.8);
    expect(record.sides.base).toMatchObject({ given: "v1", commit: { sha: git("rev-parse", "v1"), dirty: false } });
    expect(record.gated).toEqual([{ subject: { kind: "bench", name: "sum" }, metric: "time", statistic: "mean" }]);
  });

  it("takes one process of each side for a start, in an order drawn from the seed", () => {
    const random = seededRandom(7);
    const drawn = record.starts.map(() => shuffled(["base", "head"], random)[0]);
    expect(record.starts.map(({ first }) => first)).toEqual(drawn);
    expect(new Set(drawn).size).toBe(2);
    for (const { processes } of record.starts) expect([processes?.base.length, processes?.head.length]).toEqual([1, 1]);
  });

  it("ends as the decision says, leaves record and verdict, and nothing in git's list of worktrees", () => {
    // A machine that is busy with something else may make it INVALID or INCONCLUSIVE, and never a PASS.
    expect([1, 2, 3]).toContain(exitCode);
    expect(verdict.kind === "REGRESSED" ? 1 : verdict.exitCode).toBe(exitCode);
    const directory = join(folder.path, ".proofload/ab", record.runId);
    expect(JSON.parse(readFileSync(join(directory, "ab.json"), "utf8")).starts).toHaveLength(record.starts.length);
    expect(existsSync(join(directory, "verdict.json"))).toBe(true);
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(readdirSync(join(folder.path, ".proofload/ab/worktrees"))).toEqual([]);
  });
});

describe("`proofload ab --micro` that cannot be", () => {
  it.each([
    ["an address", "http://127.0.0.1:1", "http://127.0.0.1:2", "PL_USAGE", "needs the files of a side"],
    ["a ref that does not exist", "v11", ".", "PL_USAGE", "the sides cannot be compared"],
  ])("of %s says so and measures nothing", async (_, base, head, code, said) => {
    const before = readdirSync(join(folder.path, ".proofload/ab"));
    const error = await ab(base, head).catch((caught: unknown) => caught);
    if (!(error instanceof ProofloadError)) throw new Error(`not refused as it should be: ${error}`);
    expect([error.code, error.exitCode]).toEqual([code, 4]);
    expect(error.message).toContain(said);
    expect(readdirSync(join(folder.path, ".proofload/ab"))).toEqual(before);
  });

  it("says which side a benchmark cannot be loaded on, and why", async () => {
    write("src/sum.mjs", work(3000).replace("function sum", "function total"));
    write("micro/sums.bench.mjs", BENCH.replace("{ sum }", "{ total as sum }"));
    const error = await ab("v1", ".").catch((caught: unknown) => caught);
    if (!(error instanceof ProofloadError)) throw new Error(`not refused as it should be: ${error}`);
    expect([error.exitCode, error.message]).toEqual([4, "sums of v1 cannot be loaded"]);
    expect(error.problems[0]?.what).toContain("does not provide an export named 'total'");
  });
});
