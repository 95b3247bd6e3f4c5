/** Every file of the dashboards, made from code; `proofload dashboards` writes them, a test holds them against this. */

import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { alertRules } from "./alert-rules.ts";
import { liveRun } from "./live-run.ts";
import { microBenchmarks } from "./micro-benchmarks.ts";
import { DASHBOARDS_FILE, DATASOURCE_FILE } from "./provisioning.ts";
import { releaseComparison } from "./release-comparison.ts";
import { systemUnderTest } from "./system-under-test.ts";
import { trends } from "./trends.ts";

export interface DashboardFile {
  /** Relative to the folder dashboards/. */
  readonly path: string;
  readonly text: string;
}

const ALL_DASHBOARDS: readonly Dashboard[] = [liveRun, releaseComparison, trends, systemUnderTest, microBenchmarks];

export function dashboardFiles(): readonly DashboardFile[] {
  return [
    ...ALL_DASHBOARDS.map((dashboard) => ({ path: `generated/${dashboard.uid}.json`, text: json(dashboard) })),
    { path: "provisioning/datasources/proofload.yaml", text: DATASOURCE_FILE },
    { path: "provisioning/dashboards/proofload.yaml", text: DASHBOARDS_FILE },
    { path: "provisioning/alerting/proofload.json", text: json(alertRules(ALL_DASHBOARDS)) },
  ];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
