import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../environment/environment.ts";
import { ProofloadError } from "../errors.ts";
import type { ServiceDefinition } from "../plan/definition.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { cpuFrames, togetherOf } from "../report/flamegraph/profile-frames.ts";
import { renderFlamegraph } from "../report/flamegraph/render-flamegraph.ts";
import { prepareProfiler } from "./service-profiler.ts";

/**
 * The setting that asks for a profile. It is one of the scenario's like all others: so it is in the plan, and a profiled
 * run is like no other in comparisons.
 */
export const PROFILE_SETTING = "PROOFLOAD_PROFILE";

/** Why figures of a profiled service are no evidence. */
export const PROFILED = "a CPU profiler ran in it (--profile-cpu)";

export interface ScenarioProfile {
  readonly settings: Readonly<Record<string, string>>;
  /** Called when k6 has started: the profile begins after the warm-up. */
  begin(): void;
  /** Writes the profiles and the flame graph into the scenario's folder. */
  end(): Promise<void>;
}

/** Undefined where no profile is asked for. @throws ProofloadError PL_USAGE where none can be taken */
export async function profileScenario(
  scenario: ScenarioPlan,
  {
    environment,
    service,
    directory,
  }: {
    readonly environment: Environment;
    readonly service: ServiceDefinition | undefined;
    readonly directory: string;
  },
): Promise<ScenarioProfile | undefined> {
  const { settings } = scenario;
  if (settings[PROFILE_SETTING] === undefined) return undefined;
  if (environment.kind !== "embedded" || service === undefined) {
    throw new ProofloadError(
      "PL_USAGE",
      "--profile-cpu looks into a Node service that is started here: --env embedded",
    );
  }
  const profiler = await prepareProfiler(join(directory, "profiles"), { environment, service, settings });
  let timer: NodeJS.Timeout | undefined;
  let started: Promise<void> | undefined;
  return {
    settings: profiler.settings,
    begin() {
      timer = setTimeout(() => {
        started = profiler.start();
      }, scenario.warmupSeconds * 1000);
    },
    async end() {
      clearTimeout(timer);
      if (started === undefined) return;
      await started;
      const profiles = await profiler.stop();
      if (profiles.length === 0) return;
      const root = togetherOf(profiles.map((one) => cpuFrames(one)));
      await writeFile(join(directory, "service.cpuprofile.svg"), renderFlamegraph(root, "ns"));
    },
  };
}
