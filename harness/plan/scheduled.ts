import type { ScenarioPlan } from "./plan.ts";

/** The clock of a script ticks in milliseconds: an intended start tells nothing next to a smaller limit. */
const SMALLEST_LIMIT_MS = 10;

/**
 * Endpoints of which the latency from the intended start is measured too: some open stream calls them, because only open
 * streams intend anything, and no limit on their latency is finer than the clock.
 */
export function scheduledEndpoints({ streams, endpoints }: Pick<ScenarioPlan, "streams" | "endpoints">): string[] {
  const open = streams.filter(({ measured }) => measured.model === "open" || measured.model === "open-ramp");
  const called = new Set(open.flatMap(({ calls }) => Object.keys(calls)));
  return endpoints
    .filter(({ name, budgets }) => {
      const limits = budgets.filter(({ unit }) => unit === "ms").map(({ target }) => target);
      return called.has(name) && limits.every((limit) => limit >= SMALLEST_LIMIT_MS);
    })
    .map(({ name }) => name);
}
