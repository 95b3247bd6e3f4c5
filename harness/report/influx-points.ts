import type { Point } from "../collect/influx/point.ts";
import type { Tags } from "../collect/influx/routes.ts";
import { safeTag } from "../collect/influx/safe-tag.ts";
import type { BenchRecord, MicroRecord } from "../collect/micro-record.ts";
import type { LatencySummary, RunRecord, ScenarioRecord } from "../collect/record.ts";
import { epochOf } from "../epoch.ts";
import type { Plan } from "../plan/plan.ts";
import { totalDropped } from "../verdict/budgets.ts";
import { exitCodeOf } from "../verdict/exit-code.ts";
import type { Verdict } from "../verdict/verdict.ts";

/**
 * What a run leaves in the database beside its windows: a summary of every scenario and endpoint, its verdicts, its
 * micro-benchmarks, and itself as an annotation. Summaries and micro-benchmarks stand at the time of the commit, so that
 * a trend over commits is one over time; the run's id as a tag keeps two runs of one commit apart.
 */
export function runPoints(plan: Plan, record: RunRecord, verdict: Verdict): Point[] {
  const started = epochOf(record.createdAt);
  const ofCommit = record.commit?.time === undefined ? started : epochOf(record.commit.time);
  const run = { run: record.runId, suite: safeTag(plan.suite) };
  return [
    ...record.scenarios.flatMap((scenario) => summaryPoints(scenario, record, run, ofCommit)),
    ...verdictPoints(record, verdict, run, started),
    ...(record.micro ?? []).flatMap((micro) => microPoints(micro, record, ofCommit)),
    ...annotations(plan, record, verdict, started),
  ];
}

function summaryPoints(scenario: ScenarioRecord, record: RunRecord, run: Tags, time: number): Point[] {
  const measured = scenario.endpoints.filter((endpoint) => endpoint.phase === "measured");
  const tags = { ...run, target: safeTag(scenario.target), scenario: safeTag(scenario.name) };
  const rss = scenario.measures.find(({ metric, statistic }) => metric === "service_rss" && statistic === "max");
  const common = { ...commitOf(record), started: record.createdAt };
  const figures = (requests: number, failed: number, dropped: number, latency: LatencySummary | undefined) => ({
    requests,
    failed,
    // A dropped iteration is a request that failed: design decision 9.
    error_rate: requests + dropped === 0 ? undefined : (failed + dropped) / (requests + dropped),
    rate: scenario.measuredSeconds > 0 ? requests / scenario.measuredSeconds : undefined,
    mean: latency?.mean,
    p50: latency?.p50,
    p90: latency?.p90,
    p95: latency?.p95,
    p99: latency?.p99,
    max: latency?.max,
  });
  const sum = (of: (endpoint: (typeof measured)[number]) => number) => measured.reduce((all, one) => all + of(one), 0);
  const whole = figures(
    sum((endpoint) => endpoint.requests),
    sum((endpoint) => endpoint.failed),
    totalDropped(scenario),
    scenario.latency?.latency,
  );
  return [
    { measurement: "summary", tags, fields: { ...whole, rss_max: rss?.value, ...common }, time },
    ...measured.map(({ endpoint, requests, failed, dropped, latency }): Point => {
      const fields = { ...figures(requests, failed, dropped, latency), ...common };
      return { measurement: "summary", tags: { ...tags, endpoint: safeTag(endpoint) }, fields, time };
    }),
  ];
}

function verdictPoints(record: RunRecord, verdict: Verdict, run: Tags, time: number): Point[] {
  const targets = new Map(record.scenarios.map(({ name, target }) => [name, target]));
  const subjects = new Map((record.micro ?? []).map(({ name, target }) => [name, target]));
  const judged = [
    ...verdict.scenarios.map((one) => ({ ...one, name: one.scenario, target: targets.get(one.scenario) })),
    ...(verdict.micro ?? []).map((one) => ({ ...one, name: one.subject, target: subjects.get(one.subject) })),
  ];
  return judged.map(({ name, target = "", kind, reasons }) => ({
    measurement: "verdicts",
    tags: { ...run, target: safeTag(target), scenario: safeTag(name) },
    fields: {
      verdict: kind,
      code: exitCodeOf(kind),
      reasons: reasons.map(({ sentence }) => sentence).join(" "),
      ...commitOf(record),
    },
    time,
  }));
}

function microPoints(micro: MicroRecord, record: RunRecord, time: number): Point[] {
  const tags = { run: record.runId, target: safeTag(micro.target), subject: safeTag(micro.name) };
  return micro.benches.map((bench) => {
    const { time: taken, bytes, gc, size } = bench;
    const process = micro.processes.find((one) => one.size === size);
    return {
      measurement: "micro",
      tags: { ...tags, bench: safeTag(benchName(bench)) },
      fields: {
        mean: taken.mean,
        min: taken.min,
        p50: taken.p50,
        p95: taken.p95,
        p99: taken.p99,
        bytes: bytes?.median,
        gc_ns: gc.ns,
        peak_rss: process?.peakRssBytes,
        size,
        ...commitOf(record),
      },
      time,
    };
  });
}

function benchName({ name, size }: BenchRecord): string {
  return size === undefined ? name : `${name} (${size})`;
}

/** One for each target of the run: panels filter by target. */
function annotations(plan: Plan, record: RunRecord, verdict: Verdict, time: number): Point[] {
  const targets = new Set([...record.scenarios, ...(record.micro ?? [])].map(({ target }) => safeTag(target)));
  return [...targets].map((target) => ({
    measurement: "annotations",
    tags: { run: record.runId, target, kind: "run" },
    fields: { title: `${plan.suite}: ${verdict.kind}`, text: verdict.sentence },
    time,
  }));
}

function commitOf({ commit }: RunRecord): { readonly commit?: string } {
  return commit === undefined ? {} : { commit: commit.sha };
}
