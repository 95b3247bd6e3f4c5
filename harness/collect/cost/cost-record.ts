import { availableParallelism } from "node:os";
import type { EnvironmentFacts } from "../../environment/environment.ts";
import type { DriveOutcome } from "../../load/outcome.ts";
import type { WorkloadHash } from "../../load/workload-hash.ts";
import { countingOf } from "../../plan/cost-scenario.ts";
import type { ScenarioPlan } from "../../plan/plan.ts";
import type { EndpointRecord, ScenarioRecord } from "../record.ts";
import { costMeasures } from "./cost-measures.ts";
import type { Costs } from "./costs.ts";

interface CostInputs {
  readonly scenario: ScenarioPlan;
  readonly environment: EnvironmentFacts;
  readonly outcome: DriveOutcome;
  readonly workload: WorkloadHash;
  readonly costs: Costs;
}

/** The record of a scenario that counted costs. No load, so nothing of an instrument that has to bear it. */
export function costRecord({ scenario, environment, outcome, workload, costs }: CostInputs): ScenarioRecord {
  const seconds = (outcome.endedAt - outcome.startedAt) / 1000;
  return {
    name: scenario.name,
    title: scenario.title,
    target: scenario.target,
    environment,
    outcome,
    workload,
    warmupSeconds: scenario.warmupSeconds,
    measuredSeconds: Math.max(0, seconds - scenario.warmupSeconds),
    endpoints: scenario.endpoints.map(({ name, method, path, class: ofClass }): EndpointRecord => {
      const mine = costs.requests.filter(({ endpoint }) => endpoint === name);
      return {
        endpoint: name,
        phase: "measured",
        class: ofClass,
        method,
        path,
        requests: mine.length,
        failed: mine.filter(({ ok }) => !ok).length,
        dropped: 0,
        byStatus: Object.fromEntries(
          [...Map.groupBy(mine, ({ status }) => String(status))].map(([status, all]) => [status, all.length]),
        ),
        byError: {},
        source: "exact",
      };
    }),
    iterations: [],
    checks: [],
    instrument: {
      generator: { cpuSeconds: 0, wallSeconds: seconds, allowedCores: availableParallelism(), peakRssBytes: 0 },
      overflowSeries: 0,
      serviceMode: [],
    },
    books: { lines: [], damaged: 0, refused: 0 },
    measures: costMeasures(costs, countingOf(scenario).requests),
    series: [],
    progress: [],
    resources: [],
  };
}
