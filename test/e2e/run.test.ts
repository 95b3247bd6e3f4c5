import { cp, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { DEMO_CONFIG, folder, json, ROOT, run, runDirectory } from "./cli.ts";
import { nothingLeft } from "./left-behind.ts";

describe("`proofload run` on the reference service", () => {
  let here: Awaited<ReturnType<typeof folder>>;
  let ended: Awaited<ReturnType<typeof run>>;
  let directory: string;
  let record: RunRecord;
  let verdict: Verdict;

  beforeAll(async () => {
    here = await folder();
    ended = await run(["run", "reading", "--config", DEMO_CONFIG], { cwd: here.path });
    directory = await runDirectory(here.path);
    record = await json<RunRecord>(join(directory, "record.json"));
    verdict = await json<Verdict>(join(directory, "verdict.json"));
  });
  afterAll(() => here[Symbol.asyncDispose]());

  it("passes, or says that the machine was too busy to tell; it never fails a service that is well", () => {
    const { sentence, exitCode } = verdict;
    expect(sentence, ended.stdout).toMatch(/^(PASS: all|INVALID\(generator\))/);
    expect(exitCode).toBe(sentence.startsWith("PASS") ? 0 : 3);
    expect(ended.exitCode).toBe(exitCode);
  });

  it("ends with the verdict, the report, and one next command", () => {
    const lines = ended.stdout.trimEnd().split("\n");
    const [report, next] = lines.slice(-2);
    expect(lines.slice(-5).join(" ").replaceAll(/\s+/g, " ")).toContain(verdict.sentence.slice(0, 40));
    expect(report).toMatch(/Report: .*report\.html/);
    expect(next).toContain("Next:");
  });

  it("counts exactly the requests that the service itself counted, warm-up apart", () => {
    const [scenario] = record.scenarios;
    const lines = scenario?.books.service?.filter((line) => line.endpoint === "templates.read") ?? [];
    expect(lines).toHaveLength(1);
    expect(lines[0]?.k6).toBe(lines[0]?.service);
    const requests = (phase: string) =>
      scenario?.endpoints.find((one) => one.endpoint === "templates.read" && one.phase === phase)?.requests ?? 0;
    expect(requests("measured")).toBeGreaterThan(1900);
    expect(requests("warmup")).toBeGreaterThan(500);
    expect(requests("measured") + requests("warmup")).toBe(lines[0]?.service);
    expect(ended.stdout).toContain("warm-up, not judged");
  });

  it("closes the books between k6 and the raw log for every metric", () => {
    const lines = record.scenarios[0]?.books.lines ?? [];
    expect(lines.map((line) => line.metric)).toEqual(expect.arrayContaining(["http_reqs", "iterations", "latency"]));
    expect(lines.filter((line) => line.k6 !== line.log)).toEqual([]);
  });

  it("leaves every file of the run directory", async () => {
    for (const file of [
      "plan.json",
      "environment.json",
      "verdict.json",
      "report.html",
      "report.md",
      "report.json",
      "junit.xml",
    ]) {
      expect((await readFile(join(directory, file), "utf8")).length, file).toBeGreaterThan(100);
    }
    for (const file of ["metrics.otlp", "resources.jsonl", "k6-summary.json", "service.log"]) {
      expect((await readFile(join(directory, "scenarios", "reading", file))).length, file).toBeGreaterThan(100);
    }
  });

  it("leaves no process and no temporary folder", async () => {
    expect(await nothingLeft(record.runId)).toEqual([]);
  });

  it("is judged again from its directory, with the same verdict", async () => {
    const again = await run(["judge", "last", "--json"], { cwd: here.path });
    expect(again.exitCode).toBe(ended.exitCode);
    expect(JSON.parse(again.stdout).verdict).toEqual(
      JSON.parse(await readFile(join(directory, "report.json"), "utf8")).verdict,
    );
  });

  it("fails with a budget below what is possible, and names endpoint and budget everywhere", async () => {
    const copy = join(here.path, "tight", ".proofload", "runs", record.runId);
    await cp(directory, copy, { recursive: true });
    await writeFile(join(copy, "record.json"), JSON.stringify(onAQuietMachine(record)));
    const budget = "templates.read=p95 of latency < 0.001 ms";
    const cwd = join(here.path, "tight");
    const failed = await run(["judge", "last", "--budget", budget], { cwd });
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toMatch(/FAIL: reading: p95 of templates\.read is .* over its max of 0\.001 ms/);
    const reported = await run(["report", "last", "--budget", budget], { cwd });
    expect(reported.exitCode).toBe(0);
    for (const file of ["report.html", "report.md", "junit.xml"]) {
      const text = await readFile(join(copy, file), "utf8");
      expect(text, file).toContain("templates.read");
      expect(text, file).toContain("0.001 ms");
    }
    expect(await readFile(join(copy, "junit.xml"), "utf8")).toMatch(/failures="[1-9]/);
  });

  it.each([
    ["truncated", async (file: string) => truncate(file, 200)],
    [
      "edited",
      async (file: string) => writeFile(file, (await readFile(file, "utf8")).replace('"scenarios"', '"scenario"')),
    ],
  ])("a %s record is refused, naming the file", async (kind, damage) => {
    const copy = join(here.path, kind, ".proofload", "runs", record.runId);
    await mkdir(join(copy, ".."), { recursive: true });
    await cp(directory, copy, { recursive: true });
    await damage(join(copy, "record.json"));
    const refused = await run(["judge", "last"], { cwd: join(here.path, kind) });
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain("PL_RUN_UNREADABLE");
    expect(refused.stderr).toContain("record.json");
  });
});

/** The same figures of the service, measured by an instrument that was sound: what is tested is the budget. */
function onAQuietMachine(record: RunRecord): RunRecord {
  const scenarios = record.scenarios.map((scenario) => {
    const { canary, startLag, generator, ...rest } = scenario.instrument;
    const instrument = {
      ...rest,
      ...(canary === undefined ? {} : { canary: { ...canary, failed: 0, dropped: 0, p99: 1 } }),
      ...(startLag === undefined ? {} : { startLag: { ...startLag, p99: 1 } }),
      generator: { ...generator, foreignShare: 0 },
    };
    const resources = scenario.resources.filter(({ metric }) => metric !== "foreign_cpu");
    return { ...scenario, instrument, resources };
  });
  return { ...record, scenarios };
}

describe("an unchanged k6 script", () => {
  it("runs as it is, and its thresholds are judged with a minimum of samples", async () => {
    await using here = await folder();
    const script = join(ROOT, "examples", "k6", "hello.ts");
    const ended = await run(["run", script, "--config", DEMO_CONFIG], { cwd: here.path });
    const record = await json<RunRecord>(join(await runDirectory(here.path), "record.json"));
    expect(record.scenarios[0]?.endpoints.length).toBeGreaterThan(0);
    expect(ended.stdout).toContain("http_req_duration");
    expect(ended.exitCode, ended.stdout + ended.stderr).not.toBe(4);
  });
});
