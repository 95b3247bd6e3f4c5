import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { folder, json, ROOT, run, runDirectory, start } from "./cli.ts";
import { nothingLeft } from "./left-behind.ts";

const CONFIG = ["--config", join(ROOT, "proofload.config.ts")];

describe("`proofload micro --quick jwt`", () => {
  let here: Awaited<ReturnType<typeof folder>>;
  let ended: Awaited<ReturnType<typeof run>>;
  let directory: string;
  let verdict: Verdict;
  let record: RunRecord;
  beforeAll(async () => {
    here = await folder();
    ended = await run(["micro", "jwt", "--quick", "--json", "--profile-cpu", ...CONFIG], { cwd: here.path });
    directory = await runDirectory(here.path);
    verdict = await json<Verdict>(join(directory, "verdict.json"));
    record = await json<RunRecord>(join(directory, "record.json"));
  });
  afterAll(() => here[Symbol.asyncDispose]());

  it("ends as its own figures say: allocations are exact, whatever else the machine does", () => {
    const bytes = (name: string) => record.micro?.[0]?.benches.find((bench) => bench.name === name)?.bytes;
    const [issue, plain] = [bytes("issue"), bytes("straightforward")];
    const ratios = [(issue?.lower ?? 0) / (plain?.upper ?? 0), (issue?.upper ?? 0) / (plain?.lower ?? 0)];
    const [least = 0, most = 0] = ratios;
    const expected = most <= 0.9 ? 0 : least > 0.9 ? 1 : 2;
    // A machine that is busy with something else may make any run INVALID.
    expect(verdict.kind === "INVALID" ? 3 : expected).toBe(ended.exitCode);
    expect(verdict.exitCode).toBe(ended.exitCode);
    expect(verdict.requirements.find(({ id }) => id === "EMB-01")?.evidence).toContain("ratio of bytes");
  });

  it("prints the report as JSON, and nothing else, on standard output", async () => {
    const printed = JSON.parse(ended.stdout);
    expect(printed).toEqual(await json(join(directory, "report.json")));
    expect(printed.record.micro[0].benches.map((bench: { name: string }) => bench.name)).toContain("issue");
    expect(ended.stderr).toContain("jwt: Access tokens");
  });

  it("leaves the same files as a load run, with raw samples and a flame graph", async () => {
    for (const file of ["plan.json", "report.html", "report.md", "junit.xml", "micro/jwt/samples/issue.jsonl"]) {
      expect((await readFile(join(directory, file), "utf8")).length, file).toBeGreaterThan(100);
    }
    expect(await readFile(join(directory, "micro/jwt/jwt.cpuprofile.svg"), "utf8")).toContain("<title>");
    expect(await nothingLeft(record.runId)).toEqual([]);
  });

  it("is judged, reported and listed like a load run", async () => {
    const judged = await run(["judge", "last", "--json"], { cwd: here.path });
    expect([judged.exitCode, JSON.parse(judged.stdout).verdict]).toEqual([
      ended.exitCode,
      JSON.parse(ended.stdout).verdict,
    ]);
    expect((await run(["report", "last"], { cwd: here.path })).exitCode).toBe(0);
    expect((await run(["runs"], { cwd: here.path })).stdout).toContain(verdict.sentence);
  });

  it("compares with itself, bench by bench", async () => {
    const same = await run(["compare", "last", "last", "--json"], { cwd: here.path });
    const { rows, differences } = JSON.parse(same.stdout);
    expect(differences).toEqual([]);
    const times = rows.filter((row: { metric: string }) => row.metric === "time");
    expect(times.length).toBeGreaterThan(1);
    expect(times.every((row: { ratio: { value: number } }) => row.ratio.value === 1)).toBe(true);
  });

  it("fails with a budget below what is possible, and names bench and figure", async () => {
    const budget = "jwt=mean of time in issue < 1 ns";
    const failed = await run(["judge", "last", "--budget", budget], { cwd: here.path });
    expect(failed.exitCode).toBe(verdict.kind === "INVALID" ? 3 : 1);
    expect(failed.stdout).toContain("mean of time in issue < 1 ns");
  });
});

describe("`proofload micro` with words that are wrong", () => {
  it.each([
    [["micro", "jwtt"], 'there is no micro-benchmark named "jwtt"'],
    [["micro", "jwt", "--budget", "jwt=mean of time in isue < 1 ms"], 'there is no bench "isue"'],
    [["micro", "jwt", "--budget", "jwt=p95 of latency < 1 ms"], "latency is no figure of micro-benchmarks"],
    [["micro", "jwt", "--budget", "jwt=ratio of bytes in issue < 1"], "a ratio needs two benches"],
  ])("%j measures nothing and says what to type", async (words, said) => {
    await using here = await folder();
    const ended = await run([...words, ...CONFIG], { cwd: here.path });
    expect(ended.stderr).toContain(said);
    expect(ended.stderr).toContain("instead:");
    expect(ended.exitCode).toBe(4);
    expect(existsSync(join(here.path, ".proofload"))).toBe(false);
  });

  it("stops at once when it is interrupted, and leaves no process", async () => {
    await using here = await folder();
    const started = start(["micro", "jwt", ...CONFIG], { cwd: here.path });
    await started.said("1 of 1");
    const directory = await runDirectory(here.path);
    started.child.kill("SIGINT");
    expect((await started.ended).exitCode).toBe(130);
    expect(existsSync(join(directory, "record.json"))).toBe(false);
    expect(await nothingLeft(directory.split("/").at(-1) ?? "")).toEqual([]);
  });
});
