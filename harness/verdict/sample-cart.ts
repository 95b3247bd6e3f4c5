import type { EndpointRecord, ScenarioRecord } from "../collect/record.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { sampleScenario } from "./sample-scenario.ts";

/** For tests: ten seconds in which one endpoint is asked a thousand times. */
export function cartPlan(change: Partial<ScenarioPlan> = {}): ScenarioPlan {
  return {
    name: "browse",
    title: "Browse",
    target: "shop",
    profile: { name: "small", cpus: 2, memoryGiB: 4 },
    kind: "proofload",
    script: "/browse.ts",
    warmupSeconds: 2,
    measuredSeconds: 10,
    streams: [
      {
        name: "read",
        exec: "read",
        measured: { model: "open", rate: 100, seconds: 10, vus: 60 },
        calls: { "cart.read": 1 },
        vusNeeded: 60,
      },
    ],
    endpoints: [{ name: "cart.read", method: "GET", path: "/cart", class: "read", classTitle: "Reads", budgets: [] }],
    budgets: [],
    settings: {},
    params: {},
    data: { seed: 1 },
    ...change,
  };
}

/** What was measured of it, with nothing wrong. */
export function cartRecord(change: Partial<ScenarioRecord> = {}): ScenarioRecord {
  const { instrument } = sampleScenario({});
  return sampleScenario({
    name: "browse",
    warmupSeconds: 2,
    measuredSeconds: 10,
    endpoints: [cartEndpoint()],
    iterations: [cartStream()],
    instrument: { ...instrument, generator: { ...instrument.generator, wallSeconds: 10 } },
    ...change,
  });
}

export function cartEndpoint(change: Partial<EndpointRecord> = {}): EndpointRecord {
  return {
    endpoint: "cart.read",
    phase: "measured",
    requests: 1000,
    failed: 0,
    dropped: 0,
    byStatus: { "200": 1000 },
    byError: {},
    source: "exact",
    ...change,
  };
}

type Stream = ScenarioRecord["iterations"][number];

export function cartStream(change: Partial<Stream> = {}): Stream {
  return {
    stream: "read",
    model: "open",
    planned: 1000,
    completed: 1000,
    dropped: 0,
    interrupted: 0,
    vus: 60,
    vusNeeded: 60,
    ...change,
  };
}
