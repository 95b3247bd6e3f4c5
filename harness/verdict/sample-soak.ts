import type { EndpointWindow, ResourceSeries, ScenarioRecord } from "../collect/record.ts";
import { sampleScenario } from "./sample-scenario.ts";

/** Seconds of warm-up. */
export const FROM = 20;

/** A scenario of so many measured seconds; `resources` are sampled from before the load on until after it. */
export function soak(measuredSeconds: number, resources: readonly ResourceSeries[]): ScenarioRecord {
  const series = Array.from({ length: FROM + measuredSeconds }, (_, second): EndpointWindow => {
    return { endpoint: "list", phase: second < FROM ? "warmup" : "measured", second, requests: 200, failed: 0 };
  });
  return sampleScenario({ measuredSeconds, warmupSeconds: FROM, series, resources });
}

/** A figure of the service that is `value` after so many measured seconds, sampled `every` so many seconds `until` then. */
export function sampledAs(
  metric: string,
  value: (second: number) => number,
  { every = 1, until = 3600, part = "service" } = {},
): ResourceSeries {
  const points = Array.from({ length: (FROM + until) / every + 1 }, (_, index) => {
    return [index * every, value(index * every - FROM)] as const;
  });
  return { part, metric, points };
}
