import { type Problem, ProofloadError } from "../errors.ts";
import { parseBudget } from "../plan/budget.ts";
import { countsCost, judgedHere } from "../plan/cost-scenario.ts";
import { COST_METRICS, METRICS } from "../plan/metrics.ts";
import { nearest } from "../plan/nearest.ts";
import type { Budget, Plan } from "../plan/plan.ts";

/** What the command line changes in a plan. */
export interface Adjustments {
  readonly budget: readonly string[];
  readonly setting?: readonly string[];
}

/** Applies `--budget subject=limit` and `--setting NAME=value`; all mistakes at once. */
export function adjusted(plan: Plan, options: Adjustments): Plan {
  const problems: Problem[] = [];
  const settings = Object.fromEntries((options.setting ?? []).flatMap((text) => settingOf(text, problems)));
  const budgets = options.budget.flatMap((text) => budgetOf(text, plan, problems));
  if (problems.length > 0) {
    throw new ProofloadError("PL_PLAN", "the command line has mistakes", { problems });
  }
  const scenarios = plan.scenarios.map((scenario) => ({
    ...scenario,
    settings: { ...scenario.settings, ...settings },
    budgets: [...scenario.budgets, ...budgets.filter((one) => one.subject === scenario.name).map((one) => one.budget)],
    endpoints: scenario.endpoints.map((endpoint) => ({
      ...endpoint,
      budgets: [
        ...endpoint.budgets,
        ...judgedHere(
          budgets.filter((one) => one.subject === endpoint.name).map((one) => one.budget),
          countsCost(scenario),
        ),
      ],
    })),
  }));
  const micro = plan.micro?.map((subject) => ({
    ...subject,
    budgets: [...subject.budgets, ...budgets.filter((one) => one.subject === subject.name).map((one) => one.budget)],
  }));
  return { ...plan, scenarios, ...(micro === undefined ? {} : { micro }) };
}

function settingOf(text: string, problems: Problem[]): [string, string][] {
  const at = text.indexOf("=");
  if (at < 1) {
    problems.push({
      what: `"${text}" sets nothing`,
      where: "--setting",
      instead: "NAME=value, such as LLM_MEDIAN_MS=12000",
    });
    return [];
  }
  return [[text.slice(0, at), text.slice(at + 1)]];
}

function budgetOf(text: string, plan: Plan, problems: Problem[]): { subject: string; budget: Budget }[] {
  const at = text.indexOf("=");
  const subject = text.slice(0, at).trim();
  const micro = plan.micro?.map((entry) => entry.name) ?? [];
  const subjects = [
    ...plan.scenarios.flatMap((scenario) => [scenario.name, ...scenario.endpoints.map((endpoint) => endpoint.name)]),
    ...micro,
  ];
  if (at < 1 || !subjects.includes(subject)) {
    const known = nearest(subject, subjects);
    problems.push({
      what: `"${text}" names no endpoint, scenario or micro-benchmark of this run`,
      where: "--budget",
      instead: micro.includes(known)
        ? `"${known}=mean of time in <bench> < 1 ms"`
        : `"${known}=p95 of latency < 100 ms"`,
    });
    return [];
  }
  const parsed = parseBudget({ limit: text.slice(at + 1), source: "command line" });
  if (!parsed.ok) {
    problems.push({ what: parsed.what, where: `--budget ${subject}`, instead: parsed.instead });
    return [];
  }
  const ofBench = METRICS[parsed.value.metric].scope === "micro";
  if (ofBench !== micro.includes(subject)) {
    problems.push({
      what: `${parsed.value.metric} is ${ofBench ? "a" : "no"} figure of micro-benchmarks`,
      where: `--budget ${subject}`,
      instead: ofBench ? "the name of a micro-benchmark before the =" : '"mean of time in <bench> < 1 ms"',
    });
    return [];
  }
  const homes = plan.scenarios.filter(({ endpoints }) => endpoints.some(({ name }) => name === subject));
  if (homes.length > 0 && homes.every((home) => judgedHere([parsed.value], countsCost(home)).length === 0)) {
    const costs = COST_METRICS.includes(parsed.value.metric);
    problems.push({
      what: `no scenario of this run ${costs ? "counts costs" : "drives load"}, so that nothing judges ${parsed.value.metric} of ${subject}`,
      where: `--budget ${subject}`,
      instead: costs ? "a scenario whose streams are one-at-a-time" : "a scenario that drives load",
    });
    return [];
  }
  return [{ subject, budget: parsed.value }];
}
