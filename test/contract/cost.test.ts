import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/collect/record.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { folder, json, ROOT, run, runDirectory } from "../e2e/cli.ts";

const CONFIG = join(ROOT, "test", "fixtures", "cost", "proofload.config.ts");

async function costs(...more: readonly string[]) {
  await using here = await folder();
  const ended = await run(["run", "costs", "--config", CONFIG, ...more], { cwd: here.path });
  const directory = await runDirectory(here.path);
  return {
    ended,
    record: await json<RunRecord>(join(directory, "record.json")),
    verdict: await json<Verdict>(join(directory, "verdict.json")),
  };
}

describe("the costs of requests, counted one at a time", () => {
  it("come out whole for every endpoint of a journey, and hold", async () => {
    const { ended, record } = await costs();
    expect(ended.exitCode, ended.stdout).toBe(0);
    const statements = (record.scenarios[0]?.measures ?? []).filter(({ metric }) => metric === "sql_statements");
    expect(statements.map(({ endpoint, value, range, count }) => [endpoint, value, range, count])).toEqual(
      statements.map(({ endpoint }) => [endpoint, 1, undefined, 24]),
    );
    expect(statements).toHaveLength(11);
    const bytes = record.scenarios[0]?.measures.find(
      ({ metric, endpoint }) => metric === "response_bytes" && endpoint === "projects.read",
    );
    expect(bytes?.value).toBeGreaterThan(150);
  });

  it("fail where a list asks once for each of its rows, and name the endpoint and the statement", async () => {
    const { ended, verdict } = await costs("--setting", "NPLUSONE=on");
    expect(ended.exitCode, ended.stdout).toBe(1);
    const failed = verdict.scenarios.flatMap(({ budgets }) => budgets.filter(({ kind }) => kind === "FAIL"));
    expect(failed.map(({ subject, budget }) => `${subject.name}: ${budget.metric}`)).toEqual([
      "projects.list: sql_statements",
    ]);
    expect(failed[0]?.measured).toEqual({ value: 10 });
    expect(verdict.sentence).toMatch(
      /projects\.list is 10, over its max of 1 \(SOC-09\): 9 × SELECT count\(\*\) AS count FROM specs WHERE project_id = \$1/,
    );
  });
});
