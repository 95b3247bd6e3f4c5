import { join } from "node:path";
import { ProofloadError } from "../../errors.ts";
import type { ServiceDefinition } from "../../plan/definition.ts";
import type { PartLimits } from "../../plan/profile.ts";
import { childEnd, describeExit } from "../child.ts";
import { LOOPBACK } from "../free-port.ts";
import { startFailure } from "../log-tail.ts";
import type { ServiceAt } from "../provision.ts";
import { askHttp, awaitReady } from "../readiness.ts";
import { readyWithinMs, throwIfOutOfMemory } from "../service.ts";
import type { ContainerRun } from "./container-run.ts";
import { type PartOptions, startPart } from "./part-container.ts";

export type ServiceContainerOptions = Pick<PartOptions, "engine" | "image" | "labels"> & {
  readonly service: ServiceDefinition;
  readonly limits: PartLimits | undefined;
};

/**
 * The service in a container of its own; the image's entry point stays, the command is the definition's.
 * @throws ProofloadError PL_START_FAILED with the last lines of its log; PartDied when memory did not suffice.
 */
export async function startServiceContainer(
  options: ServiceContainerOptions,
  at: ServiceAt & { readonly port: number; readonly settings: Readonly<Record<string, string>> },
): Promise<ContainerRun> {
  const { service } = options;
  return startPart({
    ...options,
    name: "service",
    command: commandOf(service.command, `service ${service.name}: command`),
    environment: { ...service.environment, ...at.settings, [service.portVariable]: String(at.port), ...at.addresses },
    logFile: join(at.logDirectory, "service.log"),
    signal: at.signal,
    ready: (run) =>
      awaitReady({
        what: `the service ${service.name}`,
        ask: () => askHttp(`http://${LOOPBACK}:${at.port}${service.readyPath}`),
        withinMs: readyWithinMs(service),
        signal: at.signal,
        child: run,
      }).catch((error: unknown) => {
        throwIfOutOfMemory(run);
        throw error;
      }),
  });
}

/** Runs the seed command to its end, in the memory of the service, with all of its cores. */
export async function seedInContainer(options: ServiceContainerOptions, at: ServiceAt): Promise<void> {
  const { service, limits } = options;
  if (service.seedCommand === undefined) return;
  const run = await startPart({
    ...options,
    name: "seed",
    // It is not what is measured: half a core would only make everybody wait.
    limits: limits === undefined ? undefined : { cpuset: limits.cpuset, memoryBytes: limits.memoryBytes },
    command: commandOf(service.seedCommand, `service ${service.name}: seedCommand`),
    environment: { ...service.environment, ...at.addresses },
    logFile: join(at.logDirectory, "seed.log"),
    signal: at.signal,
  });
  const exit = await childEnd(run, at.signal);
  await run.stop(0);
  if (exit.code === 0) return;
  throwIfOutOfMemory(run);
  const what = `the seed command \`${service.seedCommand.join(" ")}\` of ${service.name} ${describeExit(exit)}`;
  throw startFailure(what, run.logFile);
}

function commandOf(words: readonly string[], where: string): readonly string[] {
  if (words.length === 0) throw new ProofloadError("PL_CONFIG", `${where} is empty`);
  return words;
}
