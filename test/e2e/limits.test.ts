import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord, ScenarioRecord } from "../../harness/collect/record.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { standIns } from "../docker/images.ts";
import { type Ended, folder, json, ROOT, run, runDirectory } from "./cli.ts";

const CONFIG = join(ROOT, "test", "fixtures", "limited", "proofload.config.ts");

interface Limited {
  readonly ended: Ended;
  readonly record: RunRecord;
  readonly verdict: Verdict;
  readonly files: readonly string[];
}

let images: Readonly<Record<string, string>>;
beforeAll(async () => {
  images = await standIns();
}, 300_000);

async function within(profile: string, scenario: string): Promise<Limited> {
  await using here = await folder();
  const args = ["run", scenario, "--config", CONFIG, "--env", "containers", "--profile", profile];
  const ended = await run(args, { cwd: here.path, env: images });
  const directory = await runDirectory(here.path);
  const record = await json<RunRecord>(join(directory, "record.json"));
  const verdict = await json<Verdict>(join(directory, "verdict.json"));
  return { ended, record, verdict, files: await readdir(directory) };
}

function measured({ ended, record }: Limited): ScenarioRecord {
  const [scenario] = record.scenarios;
  if (scenario === undefined) throw new Error(`nothing was measured:\n${ended.stdout}\n${ended.stderr}`);
  return scenario;
}

const rateOf = (run_: Limited) => {
  const { endpoints, measuredSeconds } = measured(run_);
  const answers = endpoints.find((one) => one.endpoint === "work" && one.phase === "measured")?.requests ?? 0;
  return answers / measuredSeconds;
};

describe("a service within a hardware profile", () => {
  it("has the half core that it was promised and no more, is throttled, and serves half as much as with a whole one", async () => {
    const half = await within("half", "busy");
    const whole = await within("whole", "busy");
    const proof = measured(half).environment.proofs?.find(({ part }) => part === "service");
    expect(proof?.cpu?.quota).toBe(0.5);
    expect(proof?.cpu?.used).toBeGreaterThan(0.475);
    expect(proof?.cpu?.used).toBeLessThan(0.525);
    expect(proof?.cpu?.throttledPeriods).toBeGreaterThan(10);
    expect(proof?.memory).toEqual({ limitBytes: 256 * 1024 ** 2, refused: true });
    const [share] = measured(half).measures.filter(({ metric }) => metric === "service_throttled_share");
    expect(share?.value).toBeGreaterThan(0.5);
    const reasons = half.verdict.scenarios.flatMap((scenario) => scenario.reasons);
    expect(reasons.map(({ sentence }) => sentence).join("\n")).toMatch(
      /service had used up its 0.5 CPUs in \d+ % of its scheduling periods/,
    );
    expect(rateOf(half) / rateOf(whole)).toBeGreaterThan(0.4);
    expect(rateOf(half) / rateOf(whole)).toBeLessThan(0.6);
  }, 300_000);

  it("that goes past its memory is a FAIL that says so, with all that was measured until then", async () => {
    const { ended, record, verdict, files } = await within("tiny", "hungry");
    expect(verdict.sentence, ended.stderr).toMatch(/^FAIL: hungry: out of memory: the service went past 64 MiB /);
    expect(ended.exitCode).toBe(1);
    expect(verdict.exitCode).toBe(1);
    expect(record.outOfMemory).toMatchObject({ part: "service", limitBytes: 64 * 1024 ** 2, scenario: "hungry" });
    expect(files).toEqual(
      expect.arrayContaining(["record.json", "verdict.json", "report.html", "report.md", "junit.xml"]),
    );
    const answered = measured({ ended, record, verdict, files }).endpoints.reduce((sum, one) => sum + one.requests, 0);
    expect(answered).toBeGreaterThan(0);
    expect(ended.stdout).toContain("out of memory");
  }, 120_000);

  it("that does not even start within its memory is a FAIL, too", async () => {
    const { ended, record, verdict } = await within("least", "hungry");
    expect(verdict.sentence, ended.stderr).toMatch(
      /^FAIL: hungry: out of memory: the service went past 16 MiB before load/,
    );
    expect(ended.exitCode).toBe(1);
    expect(record.outOfMemory).toMatchObject({ during: "start", limitBytes: 16 * 1024 ** 2 });
  }, 120_000);
});
