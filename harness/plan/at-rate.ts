import type { Problem } from "../errors.ts";
import { longestIteration, MOST_VUS } from "./load-shape.ts";
import type { PhaseLoad, ScenarioPlan, StreamPlan } from "./plan.ts";

/** What VUs are kept in reserve for, beyond answers that take as long as their budgets allow. */
const RESERVE_SECONDS = 0.25;
/** Of a service that is warm: new connections, and the sessions of this k6 process. */
const WARMUP_SECONDS = 3;

type OpenStream = StreamPlan & { readonly measured: Extract<PhaseLoad, { model: "open" }> };

/** Why no arrival rate can be searched for in this scenario; none where one can. */
export function rateProblems({ name, kind, streams }: ScenarioPlan): Problem[] {
  if (kind === "k6") {
    return [
      {
        what: "a k6 script sets its own load, which cannot be scaled",
        where: name,
        instead: "a scenario of the configuration",
      },
    ];
  }
  return streams
    .filter((stream) => !isOpen(stream))
    .map((stream) => ({
      what: `a load of the model "${stream.measured.model}" has no arrival rate that could be raised`,
      where: `scenario "${name}": streams.${stream.name}.load`,
      instead: 'a scenario whose streams all have the model "open"',
    }));
}

/** Requests per second that all streams ask for together. */
export function declaredRate({ streams }: Pick<ScenarioPlan, "streams">): number {
  return streams.filter(isOpen).reduce((sum, stream) => sum + stream.measured.rate * callsOf(stream), 0);
}

/** The highest rate for which its streams need no more VUs than a scenario may have, each stream's rounded up. */
export function highestRate(scenario: ScenarioPlan, mostVus = MOST_VUS): number {
  const perRequest = scenario.streams
    .filter(isOpen)
    .reduce((sum, stream) => sum + stream.measured.rate * vuSeconds(stream, scenario), 0);
  const vus = Math.max(0, mostVus - scenario.streams.length);
  return (vus / perRequest) * declaredRate(scenario);
}

/**
 * The scenario with all its streams scaled by one factor, so that they ask for `rate` requests per second together.
 *
 * A step has VUs for answers that take as long as their budgets allow, and a quarter of a second more, where a run has
 * a whole second: by Little's law all of them wait only when the mean answer is over its budget, so a dropped iteration
 * is the service's, and a step at a high rate does not need thousands of VUs that are never used.
 */
export function atRate(scenario: ScenarioPlan, rate: number, seconds: number): ScenarioPlan {
  const factor = rate / declaredRate(scenario);
  const streams = scenario.streams.filter(isOpen).map((stream): StreamPlan => {
    const own = Math.max(0.001, stream.measured.rate * factor);
    const vus = Math.ceil(own * vuSeconds(stream, scenario));
    const load = { model: "open", rate: Number(own.toFixed(3)), vus } as const;
    return {
      ...stream,
      warmup: { ...load, seconds: WARMUP_SECONDS },
      measured: { ...load, seconds },
      vusNeeded: vus,
    };
  });
  return { ...scenario, warmupSeconds: WARMUP_SECONDS, measuredSeconds: seconds, streams };
}

function isOpen(stream: StreamPlan): stream is OpenStream {
  return stream.measured.model === "open";
}

function callsOf({ calls }: StreamPlan): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

function vuSeconds(stream: StreamPlan, { endpoints }: ScenarioPlan): number {
  return longestIteration(stream.calls, endpoints) + RESERVE_SECONDS;
}
