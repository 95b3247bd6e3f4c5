import { goSeconds } from "../plan/go-duration.ts";
import { type CanaryTiming, canaryScenario, type K6Scenario, SUMMARY_TREND_STATS, SYSTEM_TAGS } from "./k6-options.ts";
import { commonThresholds } from "./k6-thresholds.ts";

/** What `k6 inspect --execution-requirements` prints, as far as it matters here. */
export interface InspectedOptions {
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly thresholds: Readonly<Record<string, readonly unknown[]>>;
  readonly systemTags: readonly string[] | null;
  readonly [option: string]: unknown;
}

/** What scenarios/lib/user-options.ts adds to a script's own options. */
export interface UserOptions {
  /** Every scenario of the script, those that k6 derives from vus, duration, stages or iterations included; and ours. */
  readonly scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly canary: K6Scenario;
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
  readonly summaryTrendStats: readonly string[];
  readonly systemTags: readonly string[];
  readonly canaryTiming: CanaryTiming;
}

/** Tags that scripts commonly use in thresholds, beside those that the record needs. `url` and the like cost series. */
const USUAL_TAGS = ["expected_response", "group", "method"];

/** A script that names no system tags gets all fourteen of these from k6. */
const K6_DEFAULT_TAGS = 14;

/** Pure. @param totalSeconds of the whole test, with graceful stops, as k6 computes it. */
export function userOptions(inspected: InspectedOptions, totalSeconds: number): UserOptions {
  const scenarios = Object.fromEntries(
    Object.entries(inspected.scenarios).map(([name, one]) => [name, withoutNull(one)]),
  );
  const timing = timingOf(Object.values(scenarios), totalSeconds);
  const tags = inspected.systemTags ?? [];
  const asked = tags.length === K6_DEFAULT_TAGS ? USUAL_TAGS : tags;
  const named = Object.keys(inspected.thresholds).flatMap((metric) => tagsOf(metric));
  const known = new Set(tags);
  return {
    scenarios,
    canary: canaryScenario(timing),
    thresholds: commonThresholds(),
    summaryTrendStats: SUMMARY_TREND_STATS,
    systemTags: [...new Set([...SYSTEM_TAGS, ...asked, ...named.filter((tag) => known.has(tag))])],
    canaryTiming: timing,
  };
}

/** "http_reqs{name:x,status:200}" → name, status. */
function tagsOf(metric: string): readonly string[] {
  const selector = /\{(.*)\}\s*$/.exec(metric)?.[1] ?? "";
  return selector.split(",").flatMap((pair) => pair.split(":")[0]?.trim() ?? []);
}

function timingOf(scenarios: readonly Readonly<Record<string, unknown>>[], totalSeconds: number): CanaryTiming {
  let timed = 0;
  let byIterations = false;
  for (const one of scenarios) {
    const start = goSeconds(one["startTime"]) ?? 0;
    const isByIterations = /-iterations$/.test(String(one["executor"]));
    byIterations ||= isByIterations;
    timed = Math.max(timed, start + (isByIterations ? 0 : loadSeconds(one)));
  }
  return byIterations ? { seconds: totalSeconds, untilIdleAfter: timed } : { seconds: timed };
}

/** How long a scenario begins iterations. */
function loadSeconds(scenario: Readonly<Record<string, unknown>>): number {
  const stages: readonly unknown[] = Array.isArray(scenario["stages"]) ? scenario["stages"] : [scenario];
  return stages.reduce<number>((sum, stage) => {
    const duration = typeof stage === "object" && stage !== null && "duration" in stage ? stage.duration : undefined;
    return sum + (goSeconds(duration) ?? 0);
  }, 0);
}

function withoutNull(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}
