import type { MicroPlan, PhaseLoad, ScenarioPlan, StreamPlan } from "./plan.ts";

/**
 * What is asked of the service, as plain data: two runs whose workloads differ measure different things. What is only
 * said or judged about it is left out (titles, budgets, classes, the declared hardware), and so are the VUs of open
 * models: they follow from budgets, and the rate is the same with more of them.
 */
export type Workload = { readonly [field: string]: WorkloadValue };
type WorkloadValue = string | number | boolean | undefined | Workload | readonly WorkloadValue[];

export function workloadOf(scenario: ScenarioPlan): Workload {
  const { kind, target, warmupSeconds, measuredSeconds, settings, params, data } = scenario;
  return {
    kind,
    target,
    warmupSeconds,
    measuredSeconds,
    streams: Object.fromEntries(scenario.streams.map((stream) => [stream.name, streamOf(stream)])),
    endpoints: Object.fromEntries(scenario.endpoints.map(({ name, method, path }) => [name, { method, path }])),
    settings,
    params,
    data,
  };
}

export function microWorkloadOf({ target, sweep, nodeFlags, timing }: MicroPlan): Workload {
  return { target, nodeFlags, timing: { ...timing }, sweep: sweep === undefined ? undefined : { ...sweep } };
}

function streamOf({ exec, warmup, measured, calls }: StreamPlan): Workload {
  return { exec, warmup: warmup === undefined ? undefined : loadOf(warmup), measured: loadOf(measured), calls };
}

function loadOf(load: PhaseLoad): Workload {
  if (load.model !== "open" && load.model !== "open-ramp") return { ...load };
  const { vus: _, ...offered } = load;
  return offered;
}
