/**
 * What every report shows, worked out once: rows by endpoint, labels of budgets, totals. No format knows more than this.
 */
import type { EndpointRecord, RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import type { Budget } from "../plan/plan.ts";
import { nameOfMeasure } from "../verdict/text.ts";
import type { BudgetVerdict, Reason, ScenarioVerdict, ValidityCheck, Verdict } from "../verdict/verdict.ts";
import { formatLimit, formatMeasured, formatValue } from "./format.ts";

export interface EndpointRow {
  readonly endpoint: string;
  /** Absent where the plan has the endpoint and nothing asked it. */
  readonly record: EndpointRecord | undefined;
  readonly budgets: readonly BudgetVerdict[];
}

/** Endpoints of the measured phase, those first that the verdict names, each with its budgets. */
export function endpointRows(scenario: ScenarioVerdict, record: ScenarioRecord | undefined): EndpointRow[] {
  const ofEndpoints = scenario.budgets.filter((verdict) => verdict.subject.kind === "endpoint");
  const measured = record?.endpoints.filter((endpoint) => endpoint.phase === "measured") ?? [];
  const names = new Set([
    ...ofEndpoints.map((verdict) => verdict.subject.name),
    ...measured.map((endpoint) => endpoint.endpoint),
  ]);
  return [...names].map((endpoint) => ({
    endpoint,
    record: measured.find((entry) => entry.endpoint === endpoint),
    budgets: ofEndpoints.filter((verdict) => verdict.subject.name === endpoint),
  }));
}

export function scenarioBudgets(scenario: ScenarioVerdict): BudgetVerdict[] {
  return scenario.budgets.filter((verdict) => verdict.subject.kind === "scenario");
}

export function recordOf(run: RunRecord, scenario: ScenarioVerdict): ScenarioRecord | undefined {
  return run.scenarios.find((record) => record.name === scenario.scenario);
}

/**
 * Reasons that mean something: where the instrument was not sound, those that say so, and a word about the rest. A
 * missed budget beside them would read as a result.
 */
export function reasonsOf(scenario: Pick<ScenarioVerdict, "kind" | "reasons">): Reason[] {
  if (scenario.kind !== "INVALID") {
    return [...scenario.reasons];
  }
  const invalid = scenario.reasons.filter((reason) => reason.kind === "INVALID");
  const others = scenario.reasons.length - invalid.length;
  const sentence = `${others} budgets and warnings are not listed: figures of an unsound instrument prove nothing`;
  return others === 0 ? invalid : [...invalid, { kind: "WARNING", code: "not judged", sentence }];
}

/** Of all scenarios and micro-benchmarks, each with the name of its own. */
export function reasonsOfAll(verdict: Verdict): { readonly name: string; readonly reason: Reason }[] {
  return [
    ...verdict.scenarios.map(({ scenario, ...part }) => ({ name: scenario, part })),
    ...(verdict.micro ?? []).map(({ subject, ...part }) => ({ name: subject, part })),
  ].flatMap(({ name, part }) => reasonsOf(part).map((reason) => ({ name, reason })));
}

export interface Totals {
  readonly requests: number;
  /** Wrong or missing answers. */
  readonly failed: number;
  readonly dropped: number;
}

export function totalsOf(endpoints: readonly EndpointRecord[]): Totals {
  return {
    requests: sum(endpoints.map((endpoint) => endpoint.requests)),
    failed: sum(endpoints.map((endpoint) => endpoint.failed)),
    dropped: sum(endpoints.map((endpoint) => endpoint.dropped)),
  };
}

/** "p95" for latency, which is what almost every budget is about; else the metric as the configuration spells it. */
export function measureLabel(budget: Budget): string {
  if (budget.metric === "k6_threshold") {
    return budget.text;
  }
  if (budget.metric === "latency") {
    return budget.statistic;
  }
  const pair = budget.against === undefined ? "" : ` to ${budget.against}`;
  const bench = budget.bench === undefined ? "" : ` in ${budget.bench}${pair}`;
  return `${nameOfMeasure(budget.metric, budget.statistic)}${bench}`;
}

/** "p95 < 100 ms, max 200 ms" */
export function budgetLabel(budget: Budget): string {
  if (budget.metric === "k6_threshold") {
    return budget.text;
  }
  const max = budget.max === budget.target ? "" : `, max ${formatLimit(budget.max, budget.unit)}`;
  return `${measureLabel(budget)} ${comparator(budget)} ${formatLimit(budget.target, budget.unit)}${max}`;
}

/** "p95 < 100 ms | 200 ms": target and max where there is no room for words. */
export function shortBudgetLabel(budget: Budget): string {
  return budgetLabel(budget)
    .replace(", max ", " | ")
    .replace(/^(\w+) of /, "$1 ");
}

export function comparator(budget: Budget): string {
  return budget.inclusive === true ? `${budget.direction}=` : budget.direction;
}

/** "61 ms", "98–101 ms", "> 1.20 s" where drops reach into a percentile, or "not measured". */
export function measuredLabel({ measured, budget, slowest }: BudgetVerdict): string {
  if (measured === undefined) return "not measured";
  // What is longer than the slowest answer has the whole of its limit to be compared with, not a digit of it.
  if (slowest !== undefined) return formatMeasured({ lower: slowest, upper: Number.POSITIVE_INFINITY }, budget.unit);
  return formatMeasured(measured, budget.unit, [budget.target, budget.max]);
}

/** Checks know units that metrics do not. */
export function checkValue(value: number | undefined, unit: ValidityCheck["unit"]): string {
  if (value === undefined) {
    return "not measured";
  }
  return unit === "cores" ? `${formatValue(value, "count")} cores` : formatValue(value, unit);
}

/** On what, in one line: "AMD EPYC, 2 cores, 8 GB, Linux 6.1, cgroup v2, node v24.21.0". */
export function machineLabel({ machine }: Pick<Fingerprint, "machine">): string {
  const { cpuModel, cpus, memoryBytes, kernel, cgroup, node } = machine;
  const cores = cpus === 1 ? "1 core" : `${formatValue(cpus, "count")} cores`;
  return `${cpuModel}, ${cores}, ${formatValue(memoryBytes, "bytes")}, ${kernel}, cgroup ${cgroup}, node ${node}`;
}

/** How fast it was just before the run: see Calibration. */
export function speedLabel({ calibration: { cpu, memory, loopback } }: Fingerprint): string {
  return `${figureOf(cpu)} M steps/s, ${figureOf(memory)} GB/s, ${figureOf(loopback)} round trips/s`;
}

function figureOf(value: number): string {
  return formatValue(value, "count");
}

export interface NotMeasured {
  readonly target: string;
  readonly missing: number;
  readonly promised: number;
}

/** How many promises of each target have no figure in this run; targets that lack none are left out. */
export function notMeasuredByTarget(verdict: Verdict): NotMeasured[] {
  const targets = [...new Set(verdict.requirements.map((requirement) => requirement.target))];
  return targets
    .map((target) => {
      const rows = verdict.requirements.filter((requirement) => requirement.target === target);
      const missing = rows.filter((requirement) => requirement.state === "not measured").length;
      return { target, missing, promised: rows.length };
    })
    .filter(({ missing }) => missing > 0);
}

/** Iterations that the service could not take; endpoints hold shares of it, each rounded up. */
export function droppedOf(record: ScenarioRecord): number {
  return sum(record.iterations.map((stream) => stream.dropped));
}

/** "open, 200/s" is what the plan says; the record alone knows the model and what came of it. */
export function iterationsLabel(record: ScenarioRecord): string {
  const dropped = droppedOf(record);
  const completed = sum(record.iterations.map((stream) => stream.completed));
  const models = [...new Set(record.iterations.map((stream) => stream.model))].join(" and ");
  const said = `${formatValue(completed, "count")} iterations${models === "" ? "" : `, ${models} load`}`;
  return dropped === 0 ? said : `${said}, ${formatValue(dropped, "count")} dropped`;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
