import type { LiveFigures } from "../collect/live.ts";
import type { Host, Output } from "../host.ts";
import { MINIMUM_SAMPLES } from "../plan/metrics.ts";
import type { Plan, ScenarioPlan } from "../plan/plan.ts";
import type { Progress } from "../prove.ts";
import { type ProgressState, renderProgress } from "../report/progress.ts";

const PLAIN_EVERY_SECONDS = 5;

export interface ProgressLine {
  readonly show: (progress: Progress) => void;
  /** Takes the live line away, so that what follows starts on a clean one. */
  readonly clear: () => void;
}

/** On a terminal one line that redraws itself; elsewhere a plain line now and then. */
export function progressLine(host: Host, plan: Plan): ProgressLine {
  const { out } = host;
  const { draw, note, clear } = redrawn(out);
  let current: { plan: ScenarioPlan; index: number } | undefined;
  let plainAt = Number.NEGATIVE_INFINITY;
  const figures = (live: LiveFigures, elapsedSeconds: number) => {
    if (current === undefined || (!out.live && elapsedSeconds - plainAt < PLAIN_EVERY_SECONDS)) {
      return;
    }
    plainAt = elapsedSeconds;
    const state = stateOf(current.plan, current.index, plan.scenarios.length, live, elapsedSeconds);
    draw(renderProgress(state, { live: out.live, columns: out.columns, colour: out.colour }));
  };
  return {
    clear,
    show: (progress) => {
      switch (progress.kind) {
        case "step":
          return draw(`… ${progress.text}`);
        case "note":
          return note(progress.text);
        case "scenario":
          current = { plan: progress.plan, index: progress.index };
          plainAt = Number.NEGATIVE_INFINITY;
          return draw(`… ${progress.plan.name}: resetting the data, starting the service`);
        case "figures":
          return figures(progress.figures, progress.elapsedSeconds);
      }
    },
  };
}

/** For what has steps and no figures on the way. */
export function stepLine({ out }: Host): {
  readonly show: (text: string) => void;
  readonly note: (text: string) => void;
  readonly clear: () => void;
} {
  const { draw, note, clear } = redrawn(out);
  return { show: (text) => draw(`… ${text}`), note, clear };
}

/** A line that takes the place of the one before on a terminal, and follows it elsewhere. */
function redrawn(out: Output): {
  readonly draw: (line: string) => void;
  /** A line that stays. */
  readonly note: (line: string) => void;
  readonly clear: () => void;
} {
  let drawn = false;
  const clear = () => {
    if (drawn) {
      out.note("\r\u001b[2K");
      drawn = false;
    }
  };
  const draw = (line: string) => {
    clear();
    out.note(out.live ? line : `${line}\n`);
    drawn = out.live;
  };
  const note = (line: string) => {
    clear();
    out.note(`${line}\n`);
  };
  return { draw, note, clear };
}

function stateOf(
  scenario: ScenarioPlan,
  index: number,
  of: number,
  live: LiveFigures,
  elapsedSeconds: number,
): ProgressState {
  const totalSeconds = scenario.warmupSeconds + scenario.measuredSeconds;
  const measuring = elapsedSeconds >= totalSeconds ? "ending" : "measured";
  return {
    scenario: scenario.name,
    index: index + 1,
    of,
    phase: live.phase === "measured" ? measuring : "warm-up",
    elapsedSeconds,
    totalSeconds,
    rate: live.rate,
    failed: live.failed,
    dropped: live.dropped,
    vus: live.vus,
    ...(live.p95 === undefined ? {} : { p95: live.p95 }),
    budgets: budgetsNow(scenario, live),
  };
}

/** How the latency budgets stand so far, by bucket edges; the verdict is made of exact figures later. */
function budgetsNow(scenario: ScenarioPlan, live: LiveFigures): NonNullable<ProgressState["budgets"]> {
  const states = { held: 0, warned: 0, missed: 0 };
  for (const endpoint of scenario.endpoints) {
    const seen = live.endpoints.find((one) => one.endpoint === endpoint.name);
    for (const budget of endpoint.budgets) {
      const { metric, statistic, target, max } = budget;
      const value = statistic === "p50" || statistic === "p95" || statistic === "p99" ? seen?.[statistic] : undefined;
      const samples = (seen?.requests ?? 0) - (seen?.failed ?? 0);
      if (metric === "latency" && value !== undefined && samples >= (MINIMUM_SAMPLES[statistic] ?? 1)) {
        states[value < target ? "held" : value < max ? "warned" : "missed"] += 1;
      }
    }
  }
  return states;
}
