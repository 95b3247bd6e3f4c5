import { complement, parseAddress, type Range, rangeText } from "../plan/addresses.ts";
import type { LoadCaps } from "../plan/allowed-load.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import type { DriveLimits } from "./drive.ts";
import { CANARY_RATE } from "./k6-options.ts";

/** setup(), teardown() and requests that are under way when the time is over. */
const AROUND_LOAD_SECONDS = 120;

/** What k6 is held to while it runs; pure. @param reach everything that it may connect to. */
export function driveLimits(
  scenario: Pick<ScenarioPlan, "peak">,
  reach: readonly Range[],
  caps: LoadCaps | undefined,
): DriveLimits {
  const denied = complement(reach).map(rangeText);
  if (caps === undefined) return { denied };
  const rps = Math.min(scenario.peak?.rps ?? Number.POSITIVE_INFINITY, Math.ceil(caps.rate));
  return { denied, rps: rps + CANARY_RATE, seconds: caps.seconds + AROUND_LOAD_SECONDS };
}

/** One address as ranges; none where the text is none. */
export function addressOf(text: string): readonly Range[] {
  return [parseAddress(text) ?? []].flat();
}
