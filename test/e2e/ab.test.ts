import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AbRecord } from "../../harness/collect/ab-record.ts";
import type { AbVerdict } from "../../harness/verdict/ab/ab-verdict.ts";
import { DEMO_CONFIG, folder, json, run } from "./cli.ts";
import { nothingLeft } from "./left-behind.ts";

describe("`proofload ab` on the reference service", () => {
  let here: Awaited<ReturnType<typeof folder>>;
  let ended: Awaited<ReturnType<typeof run>>;
  let directory: string;
  let record: AbRecord;

  beforeAll(async () => {
    here = await folder();
    const sides = ["--base", ".", "--head", "."];
    const short = ["--starts", "2", "--minutes", "0.1", "--measure", "3s", "--share-host", "--seed", "11"];
    ended = await run(["ab", "--config", DEMO_CONFIG, ...sides, ...short], { cwd: here.path });
    const root = join(here.path, ".proofload", "ab");
    const [id = ""] = await readdir(root);
    directory = join(root, id);
    record = await json<AbRecord>(join(directory, "ab.json"));
  });
  afterAll(() => here[Symbol.asyncDispose]());

  it("drives both sides alike and finds no difference in what they answer", () => {
    expect(record.differences, ended.stdout + ended.stderr).toEqual([]);
    expect(record).toMatchObject({ design: "paired", scenario: "reading", seed: 11 });
    for (const { requests, warmup, figures } of record.starts) {
      expect(requests.base.sent).toBeGreaterThan(250);
      expect(requests.head.sent).toBe(requests.base.sent);
      expect([requests.base.failed, requests.head.failed]).toEqual([0, 0]);
      expect(Math.min(warmup?.requests.base ?? 0, warmup?.requests.head ?? 0)).toBeGreaterThan(500);
      for (const gated of record.gated) {
        const found = figures.find(
          ({ subject, metric, statistic }) =>
            subject.name === gated.subject.name && metric === gated.metric && statistic === gated.statistic,
        );
        expect(found?.base).toBeGreaterThan(0);
        expect(found?.head).toBeGreaterThan(0);
      }
    }
  });

  it("ends where the time is up, after one start at least, and says that this decides nothing", async () => {
    expect(record.starts.length).toBeGreaterThanOrEqual(1);
    const verdict = await json<AbVerdict>(join(directory, "verdict.json"));
    expect(["INCONCLUSIVE", "INVALID"]).toContain(verdict.kind);
    expect(ended.exitCode).toBe(verdict.exitCode);
    expect(ended.stdout).toContain(verdict.sentence.slice(0, 40));
  });

  it("leaves its files and nothing else", async () => {
    expect(await readdir(directory)).toEqual(
      expect.arrayContaining([
        "plan.json",
        "ab.json",
        "verdict.json",
        "report.html",
        "report.md",
        "junit.xml",
        "starts",
      ]),
    );
    expect(await readdir(join(directory, "starts", "0"))).toEqual(
      expect.arrayContaining(["base", "head", "warm-up", "measured"]),
    );
    await nothingLeft(record.runId);
  });
});
