import type { DriveOutcome } from "../load/outcome.ts";
import type { PhaseLoad, ScenarioPlan } from "../plan/plan.ts";
import type { Aggregate } from "./aggregate.ts";
import type { StreamIterations } from "./record.ts";

/** How many iterations of each stream were due in the measured phase, and what became of them. */
export function streamRecords(plan: ScenarioPlan, outcome: DriveOutcome, log: Aggregate): StreamIterations[] {
  const measured = log.streams.filter(({ phase }) => phase === "measured");
  if (plan.streams.length === 0) {
    return measured.map(({ stream, completed, dropped }) => {
      return { stream, model: "k6", completed, dropped, interrupted: 0, vus: log.maxVus };
    });
  }
  return plan.streams.map((stream) => {
    const totals = measured.find((one) => one.stream === stream.name);
    const completed = totals?.completed ?? 0;
    const dropped = totals?.dropped ?? 0;
    const planned = arrivals(stream.measured);
    const rest = planned === undefined ? 0 : Math.max(0, Math.floor(planned) - completed - dropped);
    return {
      stream: stream.name,
      model: stream.measured.model,
      ...(planned === undefined ? {} : { planned }),
      completed,
      dropped,
      // k6 counts what it cut off nowhere: of a schedule that ran to its end it is what is missing.
      interrupted: outcome.exit.kind === "completed" ? rest : 0,
      vus: mostVus(stream.measured),
      ...(stream.vusNeeded === undefined ? {} : { vusNeeded: stream.vusNeeded }),
    };
  });
}

/** Arrivals that an open schedule holds: the area under its rate. */
function arrivals(load: PhaseLoad): number | undefined {
  if (load.model === "open") return load.rate * load.seconds;
  if (load.model !== "open-ramp") return undefined;
  let from = load.startRate;
  let area = 0;
  for (const { rate, seconds } of load.stages) {
    area += ((from + rate) / 2) * seconds;
    from = rate;
  }
  return area;
}

function mostVus(load: PhaseLoad): number {
  if (load.model === "open" || load.model === "open-ramp") return load.vus;
  if (load.model === "one-at-a-time") return 1;
  return load.model === "closed-ramp" ? Math.max(0, ...load.stages.map(({ users }) => users)) : load.users;
}
