import type { EndpointWindow, ResourceSeries } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { Budget, PhaseLoad, ScenarioPlan } from "../plan/plan.ts";
import { budget } from "../plan/sample-budget.ts";
import { sampleScenario } from "./sample-scenario.ts";
import { judgeStress, type Stress } from "./stress.ts";

export const WARMUP = 5;

/** What one endpoint answered in a second: "list", as often as it was asked, unless it says otherwise. */
export type Answers = Partial<EndpointWindow>;
export const FINE: readonly Answers[] = [{ p95: 20 }];
export const SLOW: readonly Answers[] = [{ p95: 900 }];

/** Some seconds that are all alike. */
export interface Stretch {
  readonly rate: number;
  readonly seconds: number;
  readonly answers: readonly Answers[];
  /** Iterations that were dropped in each of them. */
  readonly dropped: number;
}

export function at(rate: number, seconds: number, answers = FINE, dropped = 0): Stretch {
  return { rate, seconds, answers, dropped };
}

export interface Promised {
  /** Of each endpoint. */
  readonly endpoints?: Readonly<Record<string, readonly Budget[]>>;
  /** Of the scenario. */
  readonly budgets?: readonly Budget[];
}

const PROMISED: Required<Promised> = {
  endpoints: { list: [budget("p95 of latency < 100 ms")] },
  budgets: [budget("breaking_point > 150/s"), budget("error_rate < 1 %")],
};

/** What is read from a scenario whose rate went through these stretches, after a warm-up in which everything was slow. */
export function driven(
  stretches: readonly Stretch[],
  promised: Promised = {},
  resources: readonly ResourceSeries[] = [],
): Stress {
  const seconds = stretches.flatMap((one) => new Array<Stretch>(one.seconds).fill(one));
  const record = sampleScenario({
    series: [
      ...Array.from({ length: WARMUP }, (_, second) => windowOf({ p95: 900 }, "warmup", second, 50)),
      ...seconds.flatMap(({ rate, answers }, index) =>
        answers.map((one) => windowOf(one, "measured", WARMUP + index, rate)),
      ),
    ],
    progress: seconds.flatMap(({ rate, dropped }, index) =>
      dropped === 0 ? [] : [{ second: WARMUP + index, requests: rate, failed: 0, dropped, vus: 10 }],
    ),
    resources,
  });
  return judgeStress(planOf(stretches, { ...PROMISED, ...promised }), record, sampleFingerprint().machine);
}

function windowOf(answers: Answers, phase: EndpointWindow["phase"], second: number, rate: number): EndpointWindow {
  return { endpoint: "list", phase, second, requests: rate, failed: 0, ...answers };
}

function planOf(stretches: readonly Stretch[], promised: Required<Promised>): ScenarioPlan {
  // From one rate to the next within no time.
  const stages = stretches.flatMap(({ rate, seconds }) => [
    { rate, seconds: 0 },
    { rate, seconds },
  ]);
  return stressPlan({ startRate: 1, stages }, promised);
}

/** A scenario of one stream, whose rate goes through these stages. */
export function stressPlan(
  { startRate, stages }: Pick<Extract<PhaseLoad, { model: "open-ramp" }>, "startRate" | "stages">,
  { endpoints, budgets }: Required<Promised>,
): ScenarioPlan {
  return {
    name: "stress",
    title: "Stress",
    target: "shop",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    kind: "proofload",
    script: "/stress.ts",
    warmupSeconds: WARMUP,
    measuredSeconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    streams: [{ name: "day", exec: "day", measured: { model: "open-ramp", startRate, stages, vus: 900 }, calls: {} }],
    endpoints: Object.entries(endpoints).map(([name, own]) => ({
      name,
      method: "GET",
      path: `/${name}`,
      class: "any",
      classTitle: "Any",
      budgets: own,
    })),
    budgets,
    settings: {},
    params: {},
    data: { seed: 1 },
  };
}
