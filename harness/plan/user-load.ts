import { goSeconds } from "./go-duration.ts";
import type { PeakLoad } from "./plan.ts";

type Scenario = Readonly<Record<string, unknown>>;

/**
 * The load of an unchanged k6 script at its most, from its options as k6 resolves them: scenarios that start one after
 * the other do not add up. Seconds are those in which iterations begin, without graceful stops.
 */
export function userPeak(scenarios: Readonly<Record<string, Scenario>>, maxVUs: number, rps?: unknown): PeakLoad {
  const parts = Object.values(scenarios).map((scenario) => {
    const start = goSeconds(scenario["startTime"]) ?? 0;
    return { start, end: start + secondsOf(scenario), rate: rateOf(scenario) };
  });
  const rates = parts.map(({ start }) =>
    parts.reduce((sum, part) => (part.start <= start && start < part.end ? sum + (part.rate ?? 0) : sum), 0),
  );
  return {
    vus: maxVUs,
    ...(parts.some((part) => part.rate !== undefined) ? { rate: Math.max(...rates) } : {}),
    seconds: Math.max(0, ...parts.map((part) => part.end)),
    ...(typeof rps === "number" && rps > 0 ? { rps } : {}),
  };
}

function secondsOf(scenario: Scenario): number {
  const stages: readonly unknown[] = Array.isArray(scenario["stages"]) ? scenario["stages"] : [scenario];
  return stages.reduce<number>((sum, stage) => {
    if (typeof stage !== "object" || stage === null) return sum;
    const one: Scenario = { ...stage };
    return sum + (goSeconds(one["duration"] ?? one["maxDuration"]) ?? 0);
  }, 0);
}

/** Iterations per second; undefined where VUs start them as fast as they can. */
function rateOf(scenario: Scenario): number | undefined {
  const unit = goSeconds(scenario["timeUnit"]) ?? 1;
  const stages: readonly unknown[] = Array.isArray(scenario["stages"]) ? scenario["stages"] : [];
  switch (scenario["executor"]) {
    case "constant-arrival-rate":
      return number(scenario["rate"]) / unit;
    case "ramping-arrival-rate": {
      const targets = stages.map((stage) =>
        typeof stage === "object" && stage !== null && "target" in stage ? number(stage.target) : 0,
      );
      return Math.max(number(scenario["startRate"]), ...targets) / unit;
    }
    default:
      return undefined;
  }
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
