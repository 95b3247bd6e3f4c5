import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRecord } from "../collect/record.ts";
import { sampleCapacity } from "../report/capacity/sample.ts";
import { sampleRun } from "../report/sample.ts";
import { openLedger } from "./ledger.ts";
import { commitOfNight, dayOf, idOfNight, writeNight } from "./sample-history.ts";
import { type SeriesFilter, seriesOf } from "./series.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "proofload-series-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function p95(filter: Partial<SeriesFilter> = {}) {
  using ledger = await openLedger(root);
  return seriesOf(ledger, { last: 100, endpoint: ["projects.list"], metric: ["latency"], ...filter }).filter(
    ({ statistic }) => statistic === "p95",
  );
}
const runs = async (filter: Partial<SeriesFilter> = {}) =>
  (await p95(filter)).map(({ points }) => points.map(({ run }) => run));

describe("a series", () => {
  it("has its runs in the order of their commits, not of the days on which they were made", async () => {
    const commit = (night: number) => ({
      sha: commitOfNight(night),
      time: new Date(Date.UTC(2026, 0, 1 + night, 3, 15)).toISOString(),
      dirty: false,
    });
    for (const night of [1, 2, 3]) await writeNight(root, { night });
    await writeNight(root, { night: 9, change: (record) => ({ ...record, commit: commit(1) }) });
    expect(await runs()).toEqual([[1, 9, 2, 3].map(idOfNight)]);
    expect(await runs({ last: 2 })).toEqual([[2, 3].map(idOfNight)]);
  });

  it("leaves out what an unsound instrument measured", async () => {
    for (const night of [1, 2, 3]) await writeNight(root, { night });
    const deaf = (record: RunRecord): RunRecord => ({
      ...record,
      scenarios: record.scenarios.map((one) => ({
        ...one,
        instrument: {
          ...one.instrument,
          canary: { count: 9, failed: 9, dropped: 0, p50: 1, p95: 1, p99: 999, max: 999 },
        },
      })),
    });
    await writeNight(root, { night: 4, change: deaf });
    expect(await runs()).toEqual([[1, 2, 3].map(idOfNight)]);
  });

  it("has the answers of searches for capacity with the same budgets, but for those that the service did not end", async () => {
    const { plan } = sampleRun("pass");
    const name = plan.scenarios[0]?.name ?? "";
    const search = async (night: number, capacity: object, limit = "p95 < 1 s") => {
      const runId = idOfNight(night);
      const createdAt = dayOf(night);
      const scenarios = plan.scenarios.map((scenario) => ({
        ...scenario,
        budgets: scenario.budgets.map((budget) => ({ ...budget, text: limit })),
      }));
      const directory = join(root, "capacity", runId);
      await mkdir(directory, { recursive: true });
      const files = {
        plan: { ...plan, runId, createdAt, scenarios },
        verdict: { kind: "PASS", sentence: "held", capacity },
        capacity: { ...sampleCapacity(), runId, createdAt, scenario: name },
      };
      for (const [file, content] of Object.entries(files))
        await writeFile(join(directory, `${file}.json`), JSON.stringify(content));
    };
    await search(1, { held: 100, failed: 121 });
    await search(2, { held: 400, failed: 484 });
    await search(3, { held: 900 });
    await search(4, { held: 900, failed: 901 }, "p95 < 9 s");
    using ledger = await openLedger(root);
    const [series, ...others] = seriesOf(ledger, { last: 100 });
    expect(others).toEqual([]);
    expect(series).toMatchObject({
      part: name,
      subject: { kind: "scenario", name },
      metric: "capacity",
      points: [
        { run: idOfNight(1), value: 110 },
        { run: idOfNight(2), value: 440 },
      ],
    });
  });

  it("ends where the machine or the workload becomes another, and is of one branch when asked", async () => {
    for (const night of [1, 2]) await writeNight(root, { night });
    const other = (record: RunRecord): RunRecord => ({
      ...record,
      commit: { sha: commitOfNight(4), dirty: false, branch: "feature" },
      scenarios: record.scenarios.map((one) => ({ ...one, workload: { ...one.workload, hash: "another" } })),
    });
    for (const night of [3, 4]) await writeNight(root, { night, change: other });
    const found = await p95();
    expect(new Set(found.map(({ fingerprint }) => fingerprint)).size).toBe(2);
    expect(found.map(({ points }) => points.length)).toEqual([2, 2]);
    expect(await runs({ branch: "feature" })).toEqual([[3, 4].map(idOfNight)]);
  });
});
