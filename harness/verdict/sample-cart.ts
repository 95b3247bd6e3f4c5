import type { ScenarioRecord } from "../collect/record.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { endpoint, scenarioPlan, scenarioRecord, stream } from "./sample-browse.ts";
import { sampleScenario } from "./sample-scenario.ts";

/** For tests of the instrument: the scenario of sample-browse.ts, with the stream that asks a hundred times a second. */
export function cartPlan(change: Partial<ScenarioPlan> = {}): ScenarioPlan {
  return {
    ...scenarioPlan([]),
    streams: [
      {
        name: "read",
        exec: "read",
        measured: { model: "open", rate: 100, seconds: 10, vus: 60 },
        calls: { "cart.read": 1 },
        vusNeeded: 60,
      },
    ],
    ...change,
  };
}

/** What was measured of it, with nothing wrong. */
export function cartRecord(change: Partial<ScenarioRecord> = {}): ScenarioRecord {
  const { outcome, instrument } = sampleScenario({});
  return scenarioRecord({
    outcome,
    endpoints: [cartEndpoint()],
    instrument: { ...instrument, generator: { ...instrument.generator, wallSeconds: 10 } },
    ...change,
  });
}

/** No latency of it is known. */
export function cartEndpoint(change: Partial<ScenarioRecord["endpoints"][number]> = {}) {
  const { latency: _, ...rest } = endpoint();
  return { ...rest, ...change };
}

export function cartStream(change: Partial<ScenarioRecord["iterations"][number]> = {}) {
  return { ...stream(1000, 0), ...change };
}
