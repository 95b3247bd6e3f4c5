import { provisionEmbedded } from "./environment/embedded.ts";
import type { Environment } from "./environment/environment.ts";
import { hostHardware } from "./environment/host-hardware.ts";
import type { ProvisionOptions } from "./environment/provision.ts";
import { requireLayout } from "./plan/choose-profile.ts";
import type { Plan } from "./plan/plan.ts";
import type { Layout } from "./plan/profile.ts";

/**
 * Starts the system under test, wherever it is to run.
 * @throws as provision.ts says.
 */
export async function openEnvironment(
  kind: "embedded" | "containers",
  options: ProvisionOptions & { /** Milliseconds since the epoch. */ readonly now: () => number },
): Promise<Environment> {
  if (kind === "embedded") return provisionEmbedded(options);
  // Loaded when it is needed: Testcontainers takes a third of a second.
  const { provisionContainers } = await import("./environment/containers/containers.ts");
  return provisionContainers(options);
}

/**
 * Before anything starts: a machine that cannot hold the profile is told so. The embedded environment, which cannot hold
 * processes to a quota, lays out only what was asked for by name or names its cores.
 */
export function layoutOf({ environment, hardware }: Pick<Plan, "environment" | "hardware">): Layout | undefined {
  if (hardware === undefined || environment.kind === "url" || environment.kind === "process") return undefined;
  const namesCores = Object.values(hardware.profile.parts ?? {}).some((part) => part.cpuset !== undefined);
  if (environment.kind === "embedded" && !hardware.asked && !namesCores) return undefined;
  return requireLayout(hardware, hostHardware());
}
