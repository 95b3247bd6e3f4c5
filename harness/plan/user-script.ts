import type { Problem } from "../errors.ts";
import { DEFAULT_ERROR_BUDGET } from "./budget.ts";
import { goSeconds } from "./go-duration.ts";
import { budgetOfThreshold, parseThreshold } from "./k6-threshold.ts";
import { DEFAULT_ANSWER_SECONDS } from "./load-shape.ts";
import type { Budget, ScenarioPlan, StreamPlan } from "./plan.ts";
import { userPeak } from "./user-load.ts";

/** What is known of an unchanged k6 script before it runs: its own options, as k6 resolves them. */
export interface InspectedScript {
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly thresholds: Readonly<Record<string, readonly unknown[]>>;
  /** At most, with graceful stops. */
  readonly totalSeconds: number;
  readonly maxVUs: number;
  readonly rps?: unknown;
}

/** An unchanged k6 script as a scenario: its thresholds become budgets, its options stay its own. */
export function planUserScript(
  script: string,
  name: string,
  inspected: InspectedScript,
  problems: Problem[],
): ScenarioPlan {
  const thresholds = Object.entries(inspected.thresholds).flatMap(([selector, list]) =>
    list.flatMap((threshold): Budget[] => {
      const expression = typeof threshold === "string" ? threshold : expressionOf(threshold);
      const parsed = parseThreshold(selector, expression);
      if (!parsed.ok || /^[=!]/.test(parsed.value.operator)) {
        const what = parsed.ok ? `"${expression}" has no side to judge a margin on` : parsed.what;
        const instead = parsed.ok ? "a threshold with < or >" : parsed.instead;
        problems.push({ what, where: `${script}: options.thresholds["${selector}"]`, instead });
        return [];
      }
      return [budgetOfThreshold(parsed.value)];
    }),
  );
  const judgesErrors = thresholds.some((budget) => budget.text.startsWith("http_req_failed"));
  return {
    name,
    title: `k6 script ${name}`,
    target: "script",
    profile: { name: "any", cpus: 1, memoryGiB: 1 },
    kind: "k6",
    script,
    warmupSeconds: 0,
    measuredSeconds: inspected.totalSeconds,
    peak: userPeak(inspected.scenarios, inspected.maxVUs, inspected.rps),
    streams: Object.entries(inspected.scenarios).map(([stream, options]) =>
      streamOf(stream, options, slowestAllowed(thresholds)),
    ),
    endpoints: [],
    budgets: judgesErrors ? thresholds : [...thresholds, DEFAULT_ERROR_BUDGET],
    settings: {},
    params: {},
    data: { seed: 0 },
  };
}

function expressionOf(threshold: unknown): string {
  return typeof threshold === "object" && threshold !== null && "threshold" in threshold
    ? String(threshold.threshold)
    : "";
}

/** Only what the verdict needs: how many VUs an arrival rate was given, against how many it needs. */
function streamOf(name: string, options: Readonly<Record<string, unknown>>, slowest: number): StreamPlan {
  const exec = typeof options["exec"] === "string" ? options["exec"] : "default";
  const seconds = goSeconds(options["duration"] ?? options["maxDuration"]) ?? 0;
  const vus = [options["maxVUs"], options["preAllocatedVUs"], options["vus"]].find(
    (value) => typeof value === "number",
  );
  const users = typeof vus === "number" ? vus : 1;
  if (options["executor"] !== "constant-arrival-rate" || typeof options["rate"] !== "number") {
    return { name, exec, calls: {}, measured: { model: "closed", users, seconds } };
  }
  const rate = options["rate"] / (goSeconds(options["timeUnit"]) ?? 1);
  return {
    name,
    exec,
    calls: {},
    measured: { model: "open", rate, seconds, vus: users },
    vusNeeded: Math.ceil(rate * (slowest + 1)),
  };
}

/** The longest answer that the script's thresholds allow, in seconds. */
function slowestAllowed(thresholds: readonly Budget[]): number {
  const limits = thresholds.filter((budget) => budget.unit === "ms").map((budget) => budget.max / 1000);
  return limits.length === 0 ? DEFAULT_ANSWER_SECONDS : Math.max(...limits);
}
