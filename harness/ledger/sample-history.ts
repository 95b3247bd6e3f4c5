/** Histories that never were: run directories of one workload over many commits, for tests. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import { sampleRun } from "../report/sample.ts";
import { judge } from "../verdict/judge.ts";

export interface SampleNight {
  /** From 0; one night, one commit. */
  readonly night: number;
  /** What latency is multiplied by, of all endpoints or of one. */
  readonly factor?: number;
  readonly endpoint?: string;
  readonly change?: (record: RunRecord) => RunRecord;
}

export function idOfNight(night: number): string {
  return `${dayOf(night).slice(0, 10).replaceAll("-", "")}-031500-nightly-${night.toString(16).padStart(4, "0")}`;
}

/** 40 digits that begin with the night. */
export function commitOfNight(night: number): string {
  return night.toString(16).padStart(4, "0").padEnd(40, "c");
}

/** Writes a whole run directory into `root`/runs; returns the id. */
export async function writeNight(
  root: string,
  { night, factor = 1, endpoint, change = (same) => same }: SampleNight,
): Promise<string> {
  const { plan, record } = sampleRun("pass");
  const runId = idOfNight(night);
  const made = change({
    ...record,
    runId,
    createdAt: dayOf(night),
    commit: { sha: commitOfNight(night), time: dayOf(night), dirty: false, branch: "main" },
    scenarios: record.scenarios.map((scenario) => slowed(scenario, factor, endpoint)),
  });
  const folder = join(root, "runs", runId);
  await mkdir(folder, { recursive: true });
  const own = { ...plan, runId, createdAt: dayOf(night) };
  await writeFile(join(folder, "plan.json"), JSON.stringify(own));
  await writeFile(join(folder, "record.json"), JSON.stringify(made));
  await writeFile(join(folder, "verdict.json"), JSON.stringify(judge(own, made)));
  return runId;
}

/** When the commit of a night was made, and its run. */
export function dayOf(night: number): string {
  return new Date(Date.UTC(2026, 0, 1 + night, 3, 15)).toISOString();
}

function slowed(scenario: ScenarioRecord, factor: number, only: string | undefined): ScenarioRecord {
  return {
    ...scenario,
    endpoints: scenario.endpoints.map(({ latency, ...rest }) =>
      latency === undefined
        ? rest
        : only !== undefined && only !== rest.endpoint
          ? { ...rest, latency }
          : {
              ...rest,
              latency: {
                ...latency,
                mean: latency.mean * factor,
                p50: latency.p50 * factor,
                p95: latency.p95 * factor,
                p99: latency.p99 * factor,
              },
            },
    ),
  };
}
