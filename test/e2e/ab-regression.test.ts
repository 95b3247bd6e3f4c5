import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AbRecord } from "../../harness/collect/ab-record.ts";
import type { Explanation } from "../../harness/report/ab/explanation.ts";
import type { AbVerdict } from "../../harness/verdict/ab/ab-verdict.ts";
import { changedBuild } from "../bench/verdict/changed-build.ts";
import { folder, json, ROOT, run } from "./cli.ts";
import { nothingLeft } from "./left-behind.ts";

const CONFIG = join(ROOT, "test", "bench", "verdict", "proofload.config.ts");

describe("`proofload ab` of a commit that asks the database once for every project listed", () => {
  let here: Awaited<ReturnType<typeof folder>>;
  let ended: Awaited<ReturnType<typeof run>>;
  let directory: string;

  beforeAll(async () => {
    const head = await changedBuild(
      "targets/reference/src/settings.ts",
      'read.flag("NPLUSONE", false)',
      'read.flag("NPLUSONE", true)',
    );
    here = await folder();
    const sides = ["--base", "HEAD", "--head", head];
    const short = ["--starts", "8", "--minutes", "4", "--measure", "4s", "--share-host", "--seed", "3"];
    ended = await run(["ab", "project-reads", "--config", CONFIG, ...sides, ...short], { cwd: here.path });
    const root = join(here.path, ".proofload", "ab");
    const [id = ""] = (await readdir(root)).filter((name) => name !== "worktrees");
    directory = join(root, id);
  });
  afterAll(() => here[Symbol.asyncDispose]());

  it("ends REGRESSED, exit 1, and names the class that lists", async () => {
    const verdict = await json<AbVerdict>(join(directory, "verdict.json"));
    expect([verdict.kind, ended.exitCode], ended.stdout + ended.stderr).toEqual(["REGRESSED", 1]);
    const list = verdict.figures.find(({ subject, gated }) => gated && subject.name === "list");
    expect(list?.kind).toBe("REGRESSED");
    expect(list?.estimate?.interval.lower).toBeGreaterThan(1.1);
  });

  it("says where it comes from: the statement that is new, the functions that got dearer, and a flame graph", async () => {
    const explanation = await json<Explanation>(join(directory, "explanation", "explanation.json"));
    expect(explanation.endpoint).toBe("projects.list");
    const fresh = explanation.statements?.filter(({ what }) => what === "new") ?? [];
    expect(fresh.some(({ query, head }) => /count\(\*\)/i.test(query) && head.calls > 1)).toBe(true);
    expect(explanation.functions?.length).toBeGreaterThan(0);
    const graph = await readFile(join(directory, explanation.flamegraph ?? "none"), "utf8");
    expect(graph).toContain("<svg");
    const page = await readFile(join(directory, "report.html"), "utf8");
    expect(page).toContain("Where it comes from");
    expect(page).toContain(explanation.flamegraph ?? "none");
    expect(ended.stdout).toContain("new SQL");
  });

  it("takes away the files of the commit, and everything that it started", async () => {
    const { runId } = await json<AbRecord>(join(directory, "ab.json"));
    const worktrees = await readdir(join(here.path, ".proofload", "ab", "worktrees"));
    expect(worktrees.filter((name) => /^[0-9a-f]{40}(-\d+)?$/.test(name))).toEqual([]);
    await nothingLeft(runId);
  });
});
