import type { PhaseLoad, ScenarioPlan, StreamPlan } from "../plan/plan.ts";
import type { PairedLoad } from "./paired-options.ts";

/** What each side is asked, as k6 drives it; pure. */

export const MOST_WARMUP_SECONDS = 20;
/** VUs of an open stream in the warm-up: so few that they cannot pile up what the services do not get done. */
const WARMUP_VUS = 8;
/** Of all cores, in the warm-up; more only makes the sides wait for each other. */
const WARMUP_SHARE = 0.9;
const MOST_WARMUP_FACTOR = 20;

/** A load that an A/B can drive: one that is the same all the time. */
export function isSteadyLoad(load: PhaseLoad): boolean {
  return load.model === "open" || load.model === "closed";
}

/** Every stream in its share, so much faster that the cores are nearly busy. */
export function warmupLoads(
  scenario: ScenarioPlan,
  { scale, busyShare }: { readonly scale: number; readonly busyShare: number },
): readonly PairedLoad[] {
  const factor = scale * Math.min(MOST_WARMUP_FACTOR, Math.max(1, WARMUP_SHARE / Math.max(busyShare, 0.01)));
  const seconds = MOST_WARMUP_SECONDS;
  return scenario.streams.map((stream) => {
    const { measured } = stream;
    if (measured.model !== "open") return { stream, load: lasting(measured, seconds) };
    const vus = Math.min(WARMUP_VUS, vusOfPairs(stream, scale));
    return { stream, load: { model: "open", rate: Math.ceil(measured.rate * factor), seconds, vus } };
  });
}

export function measuredLoads(scenario: ScenarioPlan, scale: number, seconds: number): readonly PairedLoad[] {
  return scenario.streams.map((stream) => {
    const { measured } = stream;
    if (measured.model !== "open") return { stream, load: lasting(measured, seconds) };
    return { stream, load: { model: "open", rate: measured.rate * scale, seconds, vus: vusOfPairs(stream, scale) } };
  });
}

function lasting(load: PhaseLoad, seconds: number): PhaseLoad {
  return load.model === "closed" ? { ...load, seconds } : load;
}

/** An iteration does everything twice, one side after the other: it may take as long again. */
function vusOfPairs({ measured }: StreamPlan, scale: number): number {
  return measured.model === "open" ? Math.max(2, Math.ceil(2 * measured.vus * scale)) : 0;
}

/** The intended starts of open streams, by k6 scenario: k6 takes rates to a thousandth. */
export function schedulesOf(
  loads: readonly PairedLoad[],
): Readonly<Record<string, { readonly model: "open"; readonly rate: number }>> {
  return Object.fromEntries(
    loads.flatMap(({ stream, load }) =>
      load.model === "open" ? [[stream.name, { model: "open", rate: load.rate }]] : [],
    ),
  );
}
