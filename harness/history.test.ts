import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./cli.ts";
import type { RunRecord } from "./collect/record.ts";
import { ProofloadError } from "./errors.ts";
import { commitOfNight, dayOf, idOfNight, writeNight } from "./ledger/sample-history.ts";
import { seededRandom, standardNormal } from "./verdict/stats/random.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "proofload-history-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The command line in this process: what it wrote, and its exit code. */
async function proofload(at: string, ...argv: readonly string[]) {
  let stdout = "";
  let stderr = "";
  const out = {
    write: (text: string) => {
      stdout += text;
    },
    note: (text: string) => {
      stderr += text;
    },
    live: false,
    colour: false,
    columns: 110,
  };
  const host = { env: {}, cwd: at, out, interrupted: new AbortController().signal, now: () => Date.UTC(2026, 5, 1) };
  try {
    return { exitCode: await runCli(argv, host), stdout, stderr };
  } catch (error) {
    if (!(error instanceof ProofloadError)) throw error;
    return { exitCode: error.exitCode, stdout, stderr, error };
  }
}

/** Nights with 2 % of noise in one endpoint, which is 20 % slower from night 14 on. */
async function writeHistory(at: string, nights = 24): Promise<void> {
  const random = seededRandom(11);
  for (let night = 0; night < nights; night += 1) {
    const factor = Math.exp(0.02 * standardNormal(random)) * (night < 14 ? 1 : 1.2);
    await writeNight(join(at, ".proofload"), { night, factor, endpoint: "projects.list" });
  }
}

const onKernel = (kernel: string) => (record: RunRecord) => {
  const { fingerprint } = record;
  return { ...record, fingerprint: { ...fingerprint, machine: { ...fingerprint.machine, kernel } } };
};

describe("the history of a folder", () => {
  it("shows where it changed, fails the gate, and passes it once the change is accepted", async () => {
    await writeHistory(folder);
    const before = await proofload(folder, "trend", "--gate", "--endpoint", "projects.list", "--metric", "latency");
    expect(before.exitCode).toBe(1);
    expect(before.stdout).toContain(`first in ${commitOfNight(14).slice(0, 10)} (2026-01-15)`);
    expect(before.stdout).toContain(`not yet in ${commitOfNight(13).slice(0, 10)} (2026-01-14)`);
    expect((await proofload(folder, "trend")).exitCode).toBe(0);

    const { series } = JSON.parse((await proofload(folder, "trend", "--json")).stdout);
    const changed = series.filter((one: { changes: readonly unknown[] }) => one.changes.length > 0);
    const unknown = await proofload(folder, "trend", "accept", changed[0].id, commitOfNight(3).slice(0, 8));
    expect(unknown.exitCode).toBe(4);
    const one = await proofload(
      folder,
      "trend",
      "accept",
      changed[0].id,
      commitOfNight(14).slice(0, 8),
      "--why",
      "meant",
    );
    expect(one.stdout.split("\n")).toHaveLength(2);
    expect((await proofload(folder, "trend", "--gate")).exitCode).toBe(1);
    const all = await proofload(folder, "trend", "accept", "all", commitOfNight(14).slice(0, 8));
    expect(all.stdout.match(/accepted: series/g)).toHaveLength(changed.length);
    const after = await proofload(folder, "trend", "--gate");
    expect([after.exitCode, after.error]).toEqual([0, undefined]);
    expect(after.stdout).toMatch(/2\d % worse/);
    expect(after.stdout).toContain(", accepted;");
    // What was accepted lies in files of its own: the database may go.
    await rm(join(folder, ".proofload", "ledger.sqlite"));
    expect((await proofload(folder, "trend", "--gate")).stdout).toBe(after.stdout);
  });

  it("is the same, byte for byte, where another machine imported it, pruned or not", async () => {
    const [first, second] = [join(folder, "one"), join(folder, "two")];
    await writeHistory(first);
    const trend = (at: string) => proofload(at, "trend", "--json");
    const original = await trend(first);
    await proofload(first, "runs", "--prune", "3");
    expect((await readdir(join(first, ".proofload", "runs"))).length).toBe(3);
    expect((await trend(first)).stdout).toBe(original.stdout);
    await proofload(first, "ledger", "export", join(folder, "cache"));
    // It has measured something itself, with nothing in common but the target.
    await writeNight(join(second, ".proofload"), {
      night: 99,
      change: onKernel("another"),
    });
    const imported = await proofload(second, "ledger", "import", join(folder, "cache"), "--json");
    expect(JSON.parse(imported.stdout)).toEqual({ found: 24, added: 24, refused: [] });
    expect((await trend(second)).stdout).toBe(original.stdout);
    expect((await proofload(second, "trend")).stdout).toBe((await proofload(first, "trend")).stdout);
  });

  it("accepts a change that only the runs of one branch show, with what it said to type", async () => {
    await writeHistory(folder);
    // On another branch, of the same days, it is the other way round: together they show no step.
    const random = seededRandom(12);
    for (let night = 0; night < 24; night += 1) {
      await writeNight(join(folder, ".proofload"), {
        night: night + 256,
        factor: Math.exp(0.02 * standardNormal(random)) * (night < 14 ? 1.2 : 1),
        endpoint: "projects.list",
        change: (record) => ({
          ...record,
          commit: { sha: commitOfNight(night + 256), dirty: false, branch: "wide", time: dayOf(night) },
        }),
      });
    }
    const main = await proofload(folder, "trend", "--branch", "main", "--gate");
    expect(main.exitCode).toBe(1);
    const [, said = ""] = /as it should be\? .*proofload(?: --)? (trend accept .*)/.exec(main.stdout) ?? [];
    expect(said).toMatch(/ --branch main$/);
    const words = said.trim().split(" ");
    expect((await proofload(folder, ...words)).exitCode).toBe(0);
    const all = await proofload(folder, "trend", "accept", "all", words[3] ?? "", "--branch", "main");
    expect(all.exitCode).toBe(0);
    expect((await proofload(folder, "trend", "--branch", "main", "--gate")).exitCode).toBe(0);
  });

  it("has a trend without git too: what changed is named by its run", async () => {
    const random = seededRandom(11);
    for (let night = 0; night < 24; night += 1) {
      await writeNight(join(folder, ".proofload"), {
        night,
        factor: Math.exp(0.02 * standardNormal(random)) * (night < 14 ? 1 : 1.2),
        endpoint: "projects.list",
        change: ({ commit: _, ...record }) => record,
      });
    }
    const before = await proofload(folder, "trend", "--gate");
    expect([before.exitCode, before.stdout.split("\n")[0]?.trim()]).toEqual([
      1,
      expect.stringMatching(/^proofload trend {2}24 runs, 0 commits/),
    ]);
    expect(before.stdout).toContain(`first in ${idOfNight(14)}`);
    expect((await proofload(folder, "trend", "accept", "all", idOfNight(14))).exitCode).toBe(0);
    expect((await proofload(folder, "trend", "--gate")).exitCode).toBe(0);
  });

  it("keeps a run of which a file is damaged when others are pruned, and says so", async () => {
    for (let night = 0; night < 4; night += 1) await writeNight(join(folder, ".proofload"), { night });
    const runs = join(folder, ".proofload", "runs");
    await writeFile(join(runs, idOfNight(0), "record.json"), "{");
    const pruned = await proofload(folder, "runs", "--prune", "1");
    expect([pruned.exitCode, pruned.error]).toEqual([0, undefined]);
    expect((await readdir(runs)).sort()).toEqual([0, 3].map(idOfNight));
    expect(pruned.stderr).toContain(`${idOfNight(0)} is kept, since its figures would be lost`);
  });

  it("writes nowhere else than among what was accepted, whatever an imported record has for a commit", async () => {
    const sha = `${"ab".repeat(4)}/../../../outside`;
    const random = seededRandom(3);
    for (let night = 0; night < 24; night += 1) {
      await writeNight(join(folder, ".proofload"), {
        night,
        factor: Math.exp(0.01 * standardNormal(random)) * (night < 12 ? 1 : 1.5),
        endpoint: "projects.list",
        change: (record) => (night === 12 ? { ...record, commit: { sha, dirty: false, time: dayOf(night) } } : record),
      });
    }
    const accepted = await proofload(folder, "trend", "accept", "all", sha);
    expect([accepted.exitCode, accepted.error]).toEqual([0, undefined]);
    expect((await readdir(folder)).sort()).toEqual([".proofload"]);
    expect((await readdir(join(folder, ".proofload"))).sort()).toEqual(["accepted", "ledger.sqlite", "runs"]);
    const left = await proofload(folder, "trend", "--gate", "--endpoint", "projects.list", "--metric", "latency");
    expect(left.exitCode).toBe(0);
  });

  it("refuses a damaged file by name with exit code 4, and has everything else", async () => {
    const [first, second] = [join(folder, "one"), join(folder, "two")];
    for (const night of [1, 2, 3]) await writeNight(join(first, ".proofload"), { night });
    await proofload(first, "ledger", "export", join(folder, "cache"));
    const [name = ""] = await readdir(join(folder, "cache"));
    const bytes = await readFile(join(folder, "cache", name));
    await writeFile(join(folder, "cache", name), bytes.subarray(0, bytes.length - 40));
    const imported = await proofload(second, "ledger", "import", join(folder, "cache"));
    expect([imported.exitCode, imported.error?.code]).toEqual([4, "PL_LEDGER"]);
    expect(imported.error?.problems.map(({ where }) => where)).toEqual([join(folder, "cache", name)]);
    const rebuilt = await proofload(second, "ledger", "rebuild", "--json");
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ runs: 2, unreadable: [] });
  });

  it("names sets of runs, keeps them when others are pruned, and shows them", async () => {
    for (let night = 0; night < 6; night += 1) await writeNight(join(folder, ".proofload"), { night });
    const saved = await proofload(folder, "baseline", "save", "v1", idOfNight(0), idOfNight(1), "--json");
    expect(JSON.parse(saved.stdout)).toMatchObject({ name: "v1", runs: [idOfNight(0), idOfNight(1)] });
    expect((await proofload(folder, "baseline", "save", "v1", "last")).error?.message).toContain("--replace");
    expect((await proofload(folder, "baseline", "save", "last", "last")).exitCode).toBe(4);
    expect((await proofload(folder, "baseline", "save", "../x", "last")).exitCode).toBe(4);
    // A baseline may be made of others.
    const joined = await proofload(folder, "baseline", "save", "v2", "v1", "last", "--json");
    expect(JSON.parse(joined.stdout).runs).toEqual([idOfNight(0), idOfNight(1), idOfNight(5)]);
    const pruned = await proofload(folder, "runs", "--prune", "1");
    expect(pruned.stderr).toContain("2 older runs are kept");
    expect((await readdir(join(folder, ".proofload", "runs"))).sort()).toEqual([0, 1, 5].map(idOfNight));
    expect((await proofload(folder, "baseline", "list")).stdout).toContain("v2  3 runs");
    expect((await proofload(folder, "baseline", "rm", "v1")).exitCode).toBe(0);
    expect((await proofload(folder, "baseline", "rm", "v1")).exitCode).toBe(4);
  });

  it("says that there are runs where no two of them are alike", async () => {
    expect((await proofload(folder, "trend")).stderr).toBe("");
    for (const night of [1, 2]) {
      await writeNight(join(folder, ".proofload"), { night, change: onKernel(`kernel ${night}`) });
    }
    const { exitCode, stderr } = await proofload(folder, "trend", "--gate");
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("what the ledger has (2) makes no series")]);
  });

  it("says what there is when a filter fits nothing", async () => {
    await writeHistory(folder, 2);
    const { error } = await proofload(folder, "trend", "--endpoint", "projects.lst");
    expect(error?.problems.find(({ where }) => where === "--endpoint")?.what).toContain("projects.list");
  });

  it("compares a baseline with runs: exit code 1 when slower, 2 when there are too few, and refuses what is unlike", async () => {
    await writeHistory(folder);
    const runs = (...nights: readonly number[]) => nights.map(idOfNight);
    await proofload(folder, "baseline", "save", "old", ...runs(4, 5, 6, 7, 8, 9));
    const slower = await proofload(folder, "compare", "old", ...runs(18, 19, 20, 21, 22, 23), "--json");
    expect([slower.exitCode, slower.error]).toEqual([1, undefined]);
    const { rows } = JSON.parse(slower.stdout);
    const decided = rows.filter(
      (row: { verdict: string; decides: boolean }) => row.decides && row.verdict === "slower",
    );
    expect(
      decided.map((row: { subject: { name: string }; statistic: string }) => [row.subject.name, row.statistic]),
    ).toEqual([
      ["projects.list", "p50"],
      ["projects.list", "p95"],
    ]);
    await proofload(folder, "runs", "--prune", "6");
    // Where a run's folder is gone, its id still names it.
    expect((await proofload(folder, "compare", "old", ...runs(10, 11, 12, 13))).exitCode).toBe(2);
    expect((await proofload(folder, "compare", "old", idOfNight(20))).stdout).toContain(
      "it needs 2 more runs on the right",
    );
    expect((await proofload(folder, "compare", "old", ...runs(4, 20, 20))).error?.problems).toEqual([
      { where: idOfNight(4), what: "it is on both sides" },
      { where: idOfNight(20), what: "it is there twice" },
    ]);
    await writeNight(join(folder, ".proofload"), { night: 30, change: onKernel("another") });
    const unlike = await proofload(folder, "compare", "old", ...runs(20, 30));
    expect([unlike.exitCode, unlike.error?.code, unlike.error?.problems[0]?.where]).toEqual([
      4,
      "PL_UNLIKE",
      "machine.kernel",
    ]);
    // One against one has no verdict, but says what it could have shown.
    const pair = await proofload(folder, "compare", idOfNight(20), idOfNight(21), "--json");
    const p95 = JSON.parse(pair.stdout).rows.find(
      (row: { subject: { name: string }; statistic: string }) =>
        row.subject.name === "projects.list" && row.statistic === "p95",
    );
    expect(pair.exitCode).toBe(0);
    expect(p95.detectable).toBeGreaterThan(0.04);
    expect(p95.detectable).toBeLessThan(0.2);
  });
});
