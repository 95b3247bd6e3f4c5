import { describe, expect, it } from "vitest";
import { toLine } from "../collect/influx/line.ts";
import { keyOf } from "../collect/influx/series-budget.ts";
import { judge } from "../verdict/judge.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { runPoints } from "./influx-points.ts";
import { sampleRun, sampleRunWithNames } from "./sample.ts";
import { sampleBench, sampleMicroRecord, sampleMicroRun } from "./sample-micro.ts";

describe("the points of a run", () => {
  const { plan, record, verdict } = sampleRun("fail");
  const points = runPoints(plan, record, verdict);
  const of = (measurement: string) => points.filter((point) => point.measurement === measurement);

  it("sum up every scenario and every measured endpoint at the time of the commit, as the record has them", () => {
    const [scenario] = record.scenarios;
    const measured = scenario?.endpoints.filter(({ phase }) => phase === "measured") ?? [];
    const own = of("summary").filter(({ tags }) => tags.scenario === scenario?.name);
    expect(own.map(({ tags }) => tags.endpoint)).toEqual([undefined, ...measured.map(({ endpoint }) => endpoint)]);
    expect(new Set(of("summary").map(({ time }) => time))).toEqual(new Set([Date.parse("2026-03-14T08:58:40.000Z")]));
    const [first] = measured;
    expect(own[1]?.fields).toMatchObject({
      requests: first?.requests,
      failed: first?.failed,
      p95: first?.latency?.p95,
      max: first?.latency?.max,
      commit: record.commit?.sha,
      started: record.createdAt,
    });
    expect(own[0]?.fields["requests"]).toBe(measured.reduce((sum, { requests }) => sum + requests, 0));
    expect(own[0]?.fields["p99"]).toBe(scenario?.latency?.latency.p99);
  });

  it("count a dropped iteration as a request that failed, as the verdict does", () => {
    const saturated = sampleRun("saturated");
    const [whole] = runPoints(saturated.plan, saturated.record, saturated.verdict);
    const budget = saturated.verdict.scenarios[0]?.budgets.find(
      ({ budget: { metric }, subject }) => metric === "error_rate" && subject.kind === "scenario",
    );
    expect(saturated.record.scenarios[0]?.iterations.some(({ dropped }) => dropped > 0)).toBe(true);
    expect(whole?.fields["error_rate"]).toBeGreaterThan(0);
    if (budget !== undefined) expect(budget.measured).toEqual({ value: whole?.fields["error_rate"] });
  });

  it("tell the verdict of every scenario, and the run as an annotation, at the time of the run", () => {
    expect(of("verdicts").map(({ fields }) => [fields["verdict"], fields["code"]])).toEqual(
      verdict.scenarios.map(({ kind }) => [kind, { PASS: 0, FAIL: 1, INCONCLUSIVE: 2, INVALID: 3 }[kind]]),
    );
    // Panels filter by target.
    expect(of("annotations")).toEqual(
      record.scenarios.map(({ target }) => ({
        measurement: "annotations",
        tags: { run: plan.runId, target, kind: "run" },
        fields: { title: `${plan.suite}: FAIL`, text: verdict.sentence },
        time: Date.parse(record.createdAt),
      })),
    );
    for (const { time } of of("verdicts")) expect(time).toBe(Date.parse(record.createdAt));
  });

  it("stand at the time of the run where no commit is known, and two runs of one commit never meet", () => {
    const { commit, ...without } = record;
    expect(commit).toBeDefined();
    const [whole] = runPoints(plan, without, verdict);
    expect(whole?.time).toBe(Date.parse(record.createdAt));
    const again = runPoints({ ...plan, runId: "other" }, { ...record, runId: "other" }, verdict);
    const keys = (all: typeof points) => new Set(all.map((point) => `${keyOf(point)}@${point.time}`));
    expect(keys(points).size).toBe(points.length);
    expect(keys(points).intersection(keys(again)).size).toBe(0);
  });

  it("hold every bench of a micro-benchmark, sizes apart", () => {
    const run = sampleMicroRun([], sampleMicroRecord([sampleBench("find"), sampleBench("find", { size: 100 })]));
    const made = runPoints(run.plan, run.record, judge(run.plan, run.record));
    const micro = made.filter(({ measurement }) => measurement === "micro");
    expect(micro.map(({ tags, fields }) => [tags.bench, fields["p95"], fields["size"]])).toEqual([
      ["find", 1200, undefined],
      ["find (100)", 1200, 100],
    ]);
  });

  it("are lines that the schema knows, whatever the names", () => {
    const named = sampleRunWithNames(HOSTILE_NAMES);
    for (const point of runPoints(named.plan, named.record, named.verdict)) {
      expect(toLine(point)).toMatch(/^(summary|verdicts|annotations),.*run=.* \d{13}$/s);
    }
  });
});
