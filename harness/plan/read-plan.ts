import { type Problem, ProofloadError } from "../errors.ts";
import { capProblems, capsOf } from "./allowed-load.ts";
import { DEFAULT_ERROR_BUDGET } from "./budget.ts";
import { chooseProfile, type ProfileRequest } from "./choose-profile.ts";
import { countsCost, judgedHere } from "./cost-scenario.ts";
import type { Configuration, ScenarioDefinition, TargetDefinition } from "./definition.ts";
import { longestIteration, MOST_VUS, phaseLoads, secondsOf, vusNeeded } from "./load-shape.ts";
import { nearest } from "./nearest.ts";
import type { Budget, EndpointPlan, Plan, ScenarioPlan, StreamPlan } from "./plan.ts";
import { parseDuration } from "./quantity.ts";
import { readBudgets } from "./read-budgets.ts";
import { stressProblems } from "./stress.ts";

export interface PlanRequest {
  /** Suite or scenario names, in the order in which they shall run. */
  readonly what: readonly string[];
  readonly runId: string;
  readonly createdAt: string;
  readonly environment: Plan["environment"];
  /** The targets' own when left out. */
  readonly profile?: ProfileRequest;
  /** Makes an absolute path of one that is relative to the configuration file. */
  readonly resolvePath: (path: string) => string;
}

/** Turns names into a plan with every text parsed, or throws one PL_PLAN that lists every problem. Touches nothing. */
export function readPlan(configuration: Configuration, request: PlanRequest): Plan {
  const problems: Problem[] = [];
  const names = scenarioNames(configuration, request.what, problems);
  const chosen = names.flatMap((name) => {
    const target = configuration.targets.find((candidate) => Object.hasOwn(candidate.scenarios, name));
    const definition = target?.scenarios[name];
    return target === undefined || definition === undefined ? [] : [{ name, target, definition }];
  });
  const scenarios = chosen.map(({ name, target, definition }) =>
    scenarioPlan(name, target, definition, request.resolvePath, problems),
  );
  const services = new Set(chosen.map(({ target }) => target.service.name));
  if (services.size > 1) {
    problems.push({
      what: `one run drives one service, and these scenarios need ${[...services].join(" and ")}`,
      where: request.what.join(" "),
      instead: "one run per service",
    });
  }
  const service = chosen[0]?.target.service;
  const { allow } = configuration;
  const url = request.environment.kind === "url" ? request.environment.url : undefined;
  problems.push(...capProblems(scenarios, capsOf(url, allow)));
  const targets = [...new Set(chosen.map(({ target }) => target))];
  const hardware =
    request.environment.kind === "url"
      ? undefined
      : chooseProfile(configuration, targets, request.profile ?? { scale: false }, problems);
  if (problems.length > 0 || service === undefined) {
    const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
    throw new ProofloadError("PL_PLAN", `The plan has ${count}`, { problems });
  }
  return {
    schema: "proofload/plan/1",
    runId: request.runId,
    createdAt: request.createdAt,
    suite: request.what.join("+"),
    environment: request.environment,
    ...(allow === undefined ? {} : { allow }),
    ...(hardware === undefined ? {} : { hardware }),
    service,
    scenarios,
    requirements: targets.flatMap((target) =>
      target.requirements.map((requirement) => ({ ...requirement, target: target.name })),
    ),
  };
}

function scenarioNames(configuration: Configuration, what: readonly string[], problems: Problem[]): string[] {
  const known = configuration.targets.flatMap((target) => Object.keys(target.scenarios));
  const suites = Object.keys(configuration.suites);
  for (const duplicate of new Set(known.filter((name, index) => known.indexOf(name) !== index))) {
    problems.push({
      what: `two targets have a scenario named "${duplicate}"`,
      where: "scenarios",
      instead: "one name each",
    });
  }
  const names: string[] = [];
  for (const name of what) {
    const members = configuration.suites[name];
    if (members === undefined && !known.includes(name)) {
      problems.push({
        what: `there is no suite or scenario named "${name}"`,
        where: "command line",
        instead: `"${nearest(name, [...suites, ...known])}"? Suites: ${suites.join(", ")}. Scenarios: ${known.join(", ")}`,
      });
    }
    for (const member of members ?? [name]) {
      if (members !== undefined && !known.includes(member)) {
        problems.push({
          what: `there is no scenario named "${member}"`,
          where: `suites.${name}`,
          instead: `"${nearest(member, known)}"`,
        });
      } else if (!names.includes(member)) {
        names.push(member);
      }
    }
  }
  return names;
}

function scenarioPlan(
  name: string,
  target: TargetDefinition,
  definition: ScenarioDefinition,
  resolvePath: (path: string) => string,
  problems: Problem[],
): ScenarioPlan {
  const where = `target "${target.name}", scenario "${name}"`;
  const endpointNames = [...new Set(Object.values(definition.streams).flatMap((stream) => Object.keys(stream.calls)))];
  const endpoints = endpointNames.flatMap((endpoint) => endpointPlan(endpoint, target, where, problems));
  const warmup = parseDuration(definition.warmup);
  if (!warmup.ok) {
    problems.push({ what: warmup.what, where: `${where}: warmup`, instead: warmup.instead });
  }
  const warmupSeconds = warmup.ok ? warmup.value : 0;
  const streams = Object.entries(definition.streams).flatMap(([stream, { exec, load, calls }]): StreamPlan[] => {
    const iterationSeconds = longestIteration(calls, endpoints);
    const vus = vusNeeded(load, iterationSeconds);
    if (vus > MOST_VUS) {
      problems.push({
        what: `this rate may need ${vus} VUs while answers take as long as their budgets allow, more than ${MOST_VUS}`,
        where: `${where}: streams.${stream}.load.rate`,
        instead: "a lower rate, or a stream of its own for the slow endpoints",
      });
    }
    const loads = phaseLoads(load, warmupSeconds, iterationSeconds);
    if (!loads.ok) {
      problems.push({ what: loads.what, where: `${where}: streams.${stream}.load`, instead: loads.instead });
      return [];
    }
    return [{ name: stream, exec, calls, ...loads.value, ...(vus === 0 ? {} : { vusNeeded: vus }) }];
  });
  if (Object.keys(definition.streams).length === 0) {
    problems.push({
      what: "a scenario without streams drives no load",
      where: `${where}: streams`,
      instead: "one stream at least",
    });
  }
  const models = Object.values(definition.streams).map(({ load }) => load.model);
  if (models.includes("one-at-a-time") && models.some((model) => model !== "one-at-a-time")) {
    problems.push({
      what: "costs are counted while nothing else is asked, and here some streams drive load",
      where: `${where}: streams`,
      instead: "a scenario of its own for the streams that are one-at-a-time",
    });
  }
  const costs = countsCost({ streams });
  const plan: ScenarioPlan = {
    name,
    title: definition.title,
    target: target.name,
    profile: target.profile,
    kind: "proofload",
    script: resolvePath(definition.script),
    warmupSeconds,
    measuredSeconds: Math.max(0, ...streams.map((stream) => secondsOf(stream.measured))),
    streams,
    endpoints: endpoints.map((endpoint) => ({ ...endpoint, budgets: judgedHere(endpoint.budgets, costs) })),
    budgets: withErrorBudget(readBudgets(definition.budgets, "scenario", `${where}: budgets`, problems)),
    settings: definition.settings ?? {},
    params: definition.params ?? {},
    data: target.data,
  };
  problems.push(...stressProblems(plan, where));
  return plan;
}

/** A run must fail on errors even where its author forgot to say so. */
function withErrorBudget(budgets: readonly Budget[]): readonly Budget[] {
  return budgets.some((budget) => budget.metric === "error_rate") ? budgets : [...budgets, DEFAULT_ERROR_BUDGET];
}

function endpointPlan(name: string, target: TargetDefinition, where: string, problems: Problem[]): EndpointPlan[] {
  const definition = target.endpoints[name];
  if (definition === undefined) {
    problems.push({
      what: `target "${target.name}" has no endpoint "${name}"`,
      where,
      instead: `"${nearest(name, Object.keys(target.endpoints))}"`,
    });
    return [];
  }
  const endpointClass = target.classes[definition.class];
  if (endpointClass === undefined) {
    problems.push({
      what: `there is no class "${definition.class}"`,
      where: `target "${target.name}", endpoint "${name}": class`,
      instead: `"${nearest(definition.class, Object.keys(target.classes))}"`,
    });
  }
  return [
    {
      name,
      method: definition.method,
      path: definition.path,
      class: definition.class,
      classTitle: endpointClass?.title ?? definition.class,
      budgets: [
        ...readBudgets(
          endpointClass?.budgets ?? [],
          "endpoint",
          `target "${target.name}", class "${definition.class}"`,
          problems,
        ),
        ...readBudgets(definition.budgets ?? [], "endpoint", `target "${target.name}", endpoint "${name}"`, problems),
      ],
    },
  ];
}
