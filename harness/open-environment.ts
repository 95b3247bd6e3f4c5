import { mkdir } from "node:fs/promises";
import { provisionEmbedded } from "./environment/embedded.ts";
import type { Environment } from "./environment/environment.ts";
import type { Guard } from "./environment/guard.ts";
import { hostHardware } from "./environment/host-hardware.ts";
import type { ProvisionOptions } from "./environment/provision.ts";
import { provisionUrl } from "./environment/url.ts";
import { ProofloadError } from "./errors.ts";
import { requireLayout } from "./plan/choose-profile.ts";
import type { Plan } from "./plan/plan.ts";
import type { Layout } from "./plan/profile.ts";

export type OpenOptions = ProvisionOptions & { /** Milliseconds since the epoch. */ readonly now: () => number };

type PlannedService = Pick<Plan, "service" | "environment">;
type PlannedOptions = Omit<OpenOptions, "service">;

/**
 * What the plan drives: the service at the guard's address, else one that is started here, its limits tried where it
 * has any. `logDirectory` is made where something is started.
 * @throws PL_USAGE where there is neither, else as provision.ts says.
 */
export async function openPlanned(plan: PlannedService, guard: Guard, options: PlannedOptions): Promise<Environment> {
  await using failed = new AsyncDisposableStack();
  const environment = failed.use(await open(plan, guard, options));
  if (environment.proveLimits !== undefined) options.onProgress?.("trying the limits of the profile");
  await environment.proveLimits?.();
  failed.move();
  return environment;
}

async function open({ service, environment }: PlannedService, guard: Guard, options: PlannedOptions) {
  if (guard.baseUrl !== undefined) {
    const { configDirectory, guardian, signal } = options;
    const there = { url: guard.baseUrl, reach: guard.reach, guardian, configDirectory, signal };
    return provisionUrl({ ...there, ...(service === undefined ? {} : { service }) });
  }
  if (service === undefined) throw new ProofloadError("PL_USAGE", "there is no service to start; give --url");
  await mkdir(options.logDirectory, { recursive: true });
  return openEnvironment(environment.kind === "containers" ? "containers" : "embedded", { ...options, service });
}

/**
 * Starts the system under test, wherever it is to run.
 * @throws as provision.ts says.
 */
export async function openEnvironment(kind: "embedded" | "containers", options: OpenOptions): Promise<Environment> {
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
