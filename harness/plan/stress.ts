import type { Problem } from "../errors.ts";
import type { MetricName } from "./metrics.ts";
import type { PhaseLoad, ScenarioPlan } from "./plan.ts";

/** What a client sees. Limits on it hold as long as the service keeps up: under stress they say when it no longer does. */
export const LIMITS_OF_STRESS: ReadonlySet<MetricName> = new Set([
  "latency",
  "scheduled_latency",
  "ttft",
  "job_duration",
  "error_rate",
  "dropped_iterations",
]);

/** As many seconds as before in a row, and the service has recovered. */
export const CALM_SECONDS = 5;

/** A scenario that drives the service beyond what it can take, on purpose: one with a budget on when it breaks. */
export function isStress({ budgets }: Pick<ScenarioPlan, "budgets">): boolean {
  return budgets.some(({ metric }) => metric === "breaking_point" || metric === "recovery_time");
}

/** Arrivals per second that a load offers at a moment of its phase, in seconds; 0 where users wait for answers. */
export function offeredRate(load: PhaseLoad, at: number): number {
  if (load.model === "open") return at < load.seconds ? load.rate : 0;
  if (load.model !== "open-ramp") return 0;
  let from = load.startRate;
  let start = 0;
  for (const { rate, seconds } of load.stages) {
    if (at < start + seconds) return from + ((rate - from) * (at - start)) / seconds;
    from = rate;
    start += seconds;
  }
  return 0;
}

/** What a stress scenario lacks so that its budgets could be judged. */
export function stressProblems(plan: ScenarioPlan, where: string): Problem[] {
  if (!isStress(plan)) return [];
  const ramps = plan.streams.flatMap(({ measured }) => (measured.model === "open-ramp" ? [measured] : []));
  if (ramps.length === 0) {
    return [
      {
        what: "a breaking point is found by a rate that rises, and no stream here has one",
        where: `${where}: streams`,
        instead: 'a load { model: "open-ramp", startRate, stages } that rises and comes back',
      },
    ];
  }
  const recovery = plan.budgets.find(({ metric }) => metric === "recovery_time");
  if (recovery === undefined) return [];
  const peak = Math.max(...ramps.flatMap((ramp) => [ramp.startRate, ...ramp.stages.map(({ rate }) => rate)]));
  const seconds = recovery.max / 1000 + CALM_SECONDS;
  const isLong = ramps.every(({ stages }) => {
    const last = stages.at(-1);
    const before = stages.at(-2);
    return last !== undefined && last.rate < peak && last.rate === before?.rate && last.seconds >= seconds;
  });
  return isLong
    ? []
    : [
        {
          what: `whether everything is as before within ${recovery.max / 1000} s shows only in a calm end`,
          where: `${where}: streams`,
          instead: `a last stage of ${Math.ceil(seconds)} s or more at a low rate, after one that comes down to it`,
        },
      ];
}
