import type { AbDesign, FigureKey, Pair } from "../collect/ab-record.ts";
import { type Problem, ProofloadError } from "../errors.ts";
import { isSteadyLoad } from "../load/paired-load.ts";
import { capProblems, capsOf } from "../plan/allowed-load.ts";
import { METRICS, type MetricName, type Statistic } from "../plan/metrics.ts";
import { nearest } from "../plan/nearest.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import { parseDuration } from "../plan/quantity.ts";
import { defaultGate } from "../verdict/ab/gate.ts";
import { DEFAULT_AB_RULES } from "../verdict/ab/rules.ts";
import type { AbPlan } from "./ab-plan.ts";
import { kindOfSide } from "./side-kind.ts";

/** What a user may say; texts as they were typed. */
export interface AbRequest {
  readonly given: Pair<string>;
  readonly design: AbDesign;
  readonly starts: number | undefined;
  readonly minutes: number | undefined;
  readonly measure: string;
  readonly margin: string | undefined;
  readonly gate: readonly string[];
  readonly seed: number;
}

const DEFAULT_MINUTES = 10;
/** What a start takes beside its measured time: both sides are restarted, and warmed up (for each block anew). */
const AROUND_START_SECONDS = 7.5;
const LARGEST_MARGIN_PERCENT = 50;
const SHORTEST_SECONDS = 3;
const LONGEST_SECONDS = 120;

/** @throws ProofloadError PL_PLAN with everything that is wrong; nothing has been started. */
export function planAb(plan: Plan, request: AbRequest): AbPlan {
  const problems: Problem[] = [];
  const [scenario] = plan.scenarios;
  if (scenario === undefined || plan.scenarios.length > 1) {
    throw new ProofloadError("PL_USAGE", `an A/B drives one scenario, and ${plan.suite} has ${plan.scenarios.length}`, {
      problems: [{ what: `name one of ${plan.scenarios.map(({ name }) => name).join(", ")}`, where: "command line" }],
    });
  }
  const { environment, runId, createdAt, allow, hardware, service } = plan;
  if (scenario.kind !== "proofload") {
    problems.push({ what: "an A/B drives scenarios of the configuration, not k6 scripts", where: scenario.name });
  }
  for (const { name, measured } of scenario.streams) {
    if (isSteadyLoad(measured)) continue;
    problems.push({
      what: `its load (${measured.model}) changes with time, so that the two sides cannot be held against each other`,
      where: `scenario "${scenario.name}": streams.${name}.load`,
      instead: 'a scenario whose streams are "open" or "closed"',
    });
  }
  const measureSeconds = read(parseDuration(request.measure), "--measure", problems) ?? 0;
  if (measureSeconds !== 0 && (measureSeconds < SHORTEST_SECONDS || measureSeconds > LONGEST_SECONDS)) {
    const what = `${request.measure} of measured load in each start`;
    problems.push({ what, where: "--measure", instead: `${SHORTEST_SECONDS}s to ${LONGEST_SECONDS}s` });
  }
  const margin = request.margin === undefined ? DEFAULT_AB_RULES.margin : marginOf(request.margin, problems);
  const { starts, minutes } = request;
  for (const [value, where] of [
    [starts, "--starts"],
    [minutes, "--minutes"],
  ] as const) {
    if (value === undefined || (value > 0 && (where === "--minutes" || Number.isInteger(value)))) continue;
    problems.push({
      what: `${value} is not possible`,
      where,
      instead: where === "--starts" ? "a whole number from 1" : "a number above 0",
    });
  }
  const isUrl = kindOfSide(request.given.head).kind === "url";
  for (const given of new Set([request.given.base, request.given.head])) {
    const side = kindOfSide(given);
    const caps = side.kind === "url" ? capsOf(side.name, allow) : undefined;
    // What one side is asked; while load is driven, k6 is held to the caps for both together.
    problems.push(...capProblems([scenario], caps));
  }
  const gated =
    request.gate.length === 0
      ? defaultGate(classesOf(scenario), { cpu: !isUrl && process.platform === "linux" })
      : request.gate.flatMap((text) => figureOf(text, scenario, problems));
  if (problems.length > 0) {
    throw new ProofloadError("PL_PLAN", "the comparison cannot be run as it is asked for", { problems });
  }
  const perStart =
    request.design === "paired" ? measureSeconds + AROUND_START_SECONDS : 2 * measureSeconds + 2 * AROUND_START_SECONDS;
  const inTime = minutes === undefined ? DEFAULT_AB_RULES.mostStarts : Math.floor((minutes * 60) / perStart);
  return {
    schema: "proofload/ab-plan/1",
    runId,
    createdAt,
    ...(allow === undefined ? {} : { allow }),
    ...(hardware === undefined ? {} : { hardware }),
    ...(service === undefined ? {} : { service }),
    environment: { kind: environment.kind === "containers" ? "containers" : "embedded" },
    given: request.given,
    design: request.design,
    scenario,
    seed: request.seed,
    rules: { ...DEFAULT_AB_RULES, margin, mostStarts: Math.max(1, starts ?? inTime) },
    mostMinutes: minutes ?? Math.max(DEFAULT_MINUTES, ((starts ?? 0) * perStart) / 30),
    measureSeconds,
    gated,
  };
}

/** Requests of each class in an hour of this scenario; of closed streams, as if each user asked once a second. */
function classesOf({ streams, endpoints }: ScenarioPlan): { readonly name: string; readonly requests: number }[] {
  const requests = new Map<string, number>();
  for (const { measured, calls } of streams) {
    const rate = measured.model === "open" ? measured.rate : "users" in measured ? measured.users : 1;
    for (const [endpoint, perIteration] of Object.entries(calls)) {
      const name = endpoints.find((one) => one.name === endpoint)?.class ?? endpoint;
      requests.set(name, (requests.get(name) ?? 0) + rate * perIteration * 3600);
    }
  }
  return [...requests].map(([name, count]) => ({ name, requests: count }));
}

function read<Value>(
  parsed:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly what: string; readonly instead: string },
  where: string,
  problems: Problem[],
): Value | undefined {
  if (parsed.ok) return parsed.value;
  problems.push({ what: parsed.what, where, instead: parsed.instead });
  return undefined;
}

/** "3%", "3 %" */
export function marginOf(text: string, problems: Problem[]): number {
  const percent = Number(/^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= LARGEST_MARGIN_PERCENT) return percent / 100;
  const what = `"${text}" is no margin up to ${LARGEST_MARGIN_PERCENT} %`;
  problems.push({ what, where: "--margin", instead: "3%" });
  return DEFAULT_AB_RULES.margin;
}

const GATE_FORM = "p50 of latency of <class or endpoint>, or mean of cpu_time of service";

/** "p50 of latency of read", "mean of cpu_time of service" */
function figureOf(text: string, scenario: ScenarioPlan, problems: Problem[]): FigureKey[] {
  const problem = (what: string, instead: string): FigureKey[] => {
    problems.push({ what, where: `--gate "${text}"`, instead });
    return [];
  };
  const [, statistic = "", metric = "", name = ""] = /^\s*(\w+) of (\w+) of (.+?)\s*$/.exec(text) ?? [];
  if (name === "") return problem(`"${text}" is not of the form of a figure`, GATE_FORM);
  if (metric === "error_rate") {
    return problem(
      "a rate that may be 0 has no ratio; where head fails more than base it is REGRESSED anyway",
      GATE_FORM,
    );
  }
  if (metric !== "latency" && metric !== "cpu_time" && metric !== "service_rss") {
    return problem(`${metric} is not measured in an A/B`, "latency, cpu_time or service_rss");
  }
  const known: readonly Statistic[] = metric === "latency" ? ["p50", "p95", "p99"] : METRICS[metric].statistics;
  const wanted = known.find((one) => one === statistic);
  if (wanted === undefined) return problem(`an A/B has no ${statistic} of ${metric}`, known.join(", "));
  const ofParts: readonly MetricName[] = ["cpu_time", "service_rss"];
  const classes = scenario.endpoints.map((endpoint) => endpoint.class);
  const names = ofParts.includes(metric)
    ? ["service", ...(metric === "cpu_time" ? ["postgres", "redis"] : [])]
    : [...new Set(classes), ...scenario.endpoints.map((endpoint) => endpoint.name)];
  if (!names.includes(name)) return problem(`nothing is named "${name}" there`, `"${nearest(name, names)}"`);
  const kind = ofParts.includes(metric) ? "service" : classes.includes(name) ? "class" : "endpoint";
  return [{ subject: { kind, name }, metric, statistic: wanted }];
}
