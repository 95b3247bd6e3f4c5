import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type K6Summary, readK6Summary } from "../../harness/collect/k6-summary.ts";
import type { MicroRecord } from "../../harness/collect/micro-record.ts";
import type { EndpointRecord, Phase, RunRecord, ScenarioRecord } from "../../harness/collect/record.ts";
import type { ResourceSample } from "../../harness/collect/resource-sampler.ts";
import type { Budget, Plan, ScenarioPlan } from "../../harness/plan/plan.ts";
import type { Verdict } from "../../harness/verdict/verdict.ts";
import { json } from "../e2e/cli.ts";

/** What a run says of itself, in its own files: nothing in here comes from the database. */
export interface Facts {
  readonly record: RunRecord;
  readonly scenario: ScenarioRecord;
  readonly plan: ScenarioPlan;
  readonly verdict: Verdict;
  readonly k6: K6Summary;
  readonly samples: readonly ResourceSample[];
  readonly micro: readonly MicroRecord[];
}

export async function factsOf(directory: string): Promise<Facts> {
  const record = await json<RunRecord>(join(directory, "record.json"));
  const [scenario] = record.scenarios;
  const { scenarios } = await json<Plan>(join(directory, "plan.json"));
  const [plan] = scenarios;
  if (scenario === undefined || plan === undefined) throw new Error(`${directory} has no scenario`);
  const folder = join(directory, "scenarios", scenario.name);
  const lines = (await readFile(join(folder, "resources.jsonl"), "utf8")).trim().split("\n");
  return {
    record,
    scenario,
    plan,
    verdict: await json<Verdict>(join(directory, "verdict.json")),
    k6: await readK6Summary(join(folder, "k6-summary.json")),
    samples: lines.map((line): ResourceSample => JSON.parse(line)),
    micro: [],
  };
}

/** Name → figure. */
export type Figures = Readonly<Record<string, number | string | null>>;

/** Adds figures of the same name up, or takes the larger one. */
export function gathered(
  pairs: readonly (readonly [name: string, value: number | undefined])[],
  how: "sum" | "max" = "sum",
): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, value] of pairs) {
    if (value === undefined) continue;
    const held = figures[name];
    figures[name] = held === undefined ? value : how === "sum" ? held + value : Math.max(held, value);
  }
  return figures;
}

export function endpointsIn({ scenario }: Facts, phases: readonly Phase[]): readonly EndpointRecord[] {
  return scenario.endpoints.filter(({ phase }) => phases.includes(phase));
}

/** "endpoint metric statistic" → the limit of the plan that fails a run. */
export function limitsOf({ plan }: Facts, of: (budget: Budget) => boolean): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const { name, budgets } of plan.endpoints) {
    for (const budget of budgets.filter(of)) limits[name] = budget.max;
  }
  for (const budget of plan.budgets.filter(of)) limits[""] = budget.max;
  return limits;
}

/** "part@second" → the mean or the largest of the second's samples, as a query over one-second intervals gives them. */
export function sampled(
  { samples }: Facts,
  field: string,
  how: "mean" | "max",
  isPart: (part: string) => boolean = () => true,
): Record<string, number> {
  const groups = new Map<string, number[]>();
  for (const { at, values } of samples) {
    for (const [key, value] of Object.entries(values)) {
      const dot = key.indexOf(".");
      if (key.slice(dot + 1) !== field || !isPart(key.slice(0, dot))) continue;
      const name = `${key.slice(0, dot)}@${Math.floor(Math.round(at) / 1000)}`;
      groups.set(name, [...(groups.get(name) ?? []), value]);
    }
  }
  const reduce = (list: readonly number[]) =>
    how === "max" ? Math.max(...list) : list.reduce((sum, value) => sum + value, 0) / list.length;
  return Object.fromEntries([...groups].map(([name, list]) => [name, reduce(list)]));
}
