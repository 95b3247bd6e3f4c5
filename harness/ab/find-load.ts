import { join } from "node:path";
import type { AbLoad } from "../collect/ab-record.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { MOST_BUSY } from "../verdict/ab/rules.ts";
import { measurePairs } from "./measure-pairs.ts";
import type { Rig } from "./rig.ts";

const TRY_SECONDS = 5;
const MOST_TRIES = 4;
/** Of a class and side in each start; a median needs them. */
const FEWEST_REQUESTS = 72;
const LONGEST_MEASURE_SECONDS = 20;

/**
 * How much of the scenario's load both sides are given at once: all of it, or half, or a quarter …, so that the cores stay
 * below 70 %. Tried on the services as they were started first; the starts that count come after.
 */
export async function findLoad(rig: Rig): Promise<AbLoad> {
  const { plan } = rig;
  const { scenario } = plan;
  const sides = plan.design === "paired" ? (["base", "head"] as const) : (["base"] as const);
  let scale = 1;
  let busyShare = 0;
  for (let tried = 0; tried < MOST_TRIES; tried++) {
    const directory = join(rig.directory, "load", String(tried));
    const found = await measurePairs(
      rig,
      { directory, sides, seed: plan.seed, more: true },
      { scale, measureSeconds: TRY_SECONDS },
    );
    busyShare = found.busyShare;
    if (busyShare <= MOST_BUSY || !scenario.streams.some(({ measured }) => measured.model === "open")) break;
    if (tried + 1 < MOST_TRIES) scale /= 2;
  }
  const rate = rateOf(scenario);
  return {
    scale,
    ...(rate === undefined ? {} : { rate: rate * scale }),
    busyShare,
    measureSeconds: measureSeconds(scenario, scale, plan.measureSeconds),
  };
}

/** Iterations per second of all open streams. */
function rateOf({ streams }: ScenarioPlan): number | undefined {
  const rates = streams.flatMap(({ measured }) => (measured.model === "open" ? [measured.rate] : []));
  return rates.length < streams.length ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
}

/** Longer than asked where the rarest class would not have enough requests. */
export function measureSeconds(scenario: ScenarioPlan, scale: number, asked: number): number {
  const rates = new Map<string, number>();
  for (const { measured, calls } of scenario.streams) {
    for (const [name, perIteration] of Object.entries(calls)) {
      const group = scenario.endpoints.find((endpoint) => endpoint.name === name)?.class ?? name;
      const rate = measured.model === "open" ? measured.rate * scale * perIteration : Number.POSITIVE_INFINITY;
      rates.set(group, (rates.get(group) ?? 0) + rate);
    }
  }
  const rarest = Math.min(...rates.values());
  return Math.max(asked, Math.min(LONGEST_MEASURE_SECONDS, Math.ceil(FEWEST_REQUESTS / rarest)));
}
