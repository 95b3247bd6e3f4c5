import type { ScenarioRecord } from "../collect/record.ts";
import type { EnvironmentFacts } from "../environment/environment.ts";
import type { HardwareProfile } from "../plan/definition.ts";
import { type Layout, layOut } from "../plan/profile.ts";
import { sampleScenario } from "./sample-scenario.ts";

export const MIB = 1024 ** 2;
const HOST = { cpus: [0, 1, 2, 3, 4, 5, 6, 7], memoryBytes: 16 * 1024 * MIB };

export function profile(cpus: number, memoryGiB: number, parts?: HardwareProfile["parts"]): HardwareProfile {
  return { name: `p${cpus}`, cpus, memoryGiB, ...(parts === undefined ? {} : { parts }) };
}

/** On a machine of 8 cores and 16 GiB. */
export function laidOut(declared: HardwareProfile, scale = false): Layout {
  const result = layOut(declared, HOST, { scale });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.layout;
}

/** A scenario in containers, whose service has half a core and 256 MiB. */
export function contained(
  change: Partial<ScenarioRecord> = {},
  environment: Partial<EnvironmentFacts> = {},
): ScenarioRecord {
  return sampleScenario({
    name: "busy",
    warmupSeconds: 2,
    environment: {
      kind: "containers",
      baseUrl: "http://127.0.0.1:1",
      parts: [],
      limits: [],
      layout: laidOut(profile(4, 4, { service: { cpus: 0.5, memoryMiB: 256, cpuset: "0-1" } })),
      ...environment,
    },
    ...change,
  });
}
