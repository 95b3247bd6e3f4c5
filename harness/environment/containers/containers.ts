import type { Layout } from "../../plan/profile.ts";
import { allOrNone } from "../all-or-none.ts";
import { memoryPeak } from "../cgroup.ts";
import type { Environment, Part, PartName, PartUsage } from "../environment.ts";
import { type ProvisionOptions, provision } from "../provision.ts";
import { readText } from "../read-text.ts";
import type { ContainerRun } from "./container-run.ts";
import { type Engine, openEngine, requireLocalEngine } from "./engine.ts";
import { ensureImage, type Image, imageName, imageRemedy, type KnownImage, nodeVersionIn } from "./images.ts";
import { runLabels } from "./labels.ts";
import { watchMemory } from "./memory-watch.ts";
import { startPostgresContainer } from "./postgres-container.ts";
import { proveLimits } from "./prove-limits.ts";
import { watchByReaper } from "./reaper.ts";
import { startRedisContainer } from "./redis-container.ts";
import { seedInContainer, startServiceContainer } from "./service-container.ts";
import { ensureServiceImage } from "./service-image.ts";
import { sweepExpired } from "./sweep.ts";
import { readUsage } from "./usage.ts";

export interface ContainersOptions extends ProvisionOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Postgres, Redis and the service in containers on the host's network, within the limits of the layout.
 * @throws as provision.ts says; PL_DEPENDENCY_MISSING without an engine on this machine, or without an image.
 */
export async function provisionContainers(options: ContainersOptions): Promise<Environment> {
  const { service, guardian, layout, signal } = options;
  const engine = await openEngine(signal, guardian.env);
  const { name, version, cgroupVersion, rootless } = await requireLocalEngine(engine);
  // Before anything is made, so that no moment is left in which nobody knows of it.
  guardian.tell({ kind: "engine", ...engine.address });
  await sweepExpired(engine.docker, options.now());
  const cleanUp = await watchByReaper(engine, guardian.runId, guardian.env);
  const labels = runLabels(guardian.runId, options.now());
  const image = (known: KnownImage) => async (linked: AbortSignal) =>
    ensureImage(engine, {
      ...options,
      name: imageName(known, guardian.env),
      remedy: imageRemedy(known),
      signal: linked,
    });
  const absent = async () => undefined;
  const [serviceImage, postgresImage, redisImage] = await allOrNone<[Image, Image | undefined, Image | undefined]>(
    signal,
    [
      (linked) => ensureServiceImage(engine, { ...options, signal: linked }),
      service.needs.postgres === undefined ? absent : image("postgres"),
      service.needs.redis === undefined ? absent : image("redis"),
    ],
  );
  const images = { service: serviceImage, postgres: postgresImage, redis: redisImage, seed: serviceImage };
  const serviceOptions = { engine, labels, service, image: serviceImage, limits: layout?.parts.service };
  const server = (name: "postgres" | "redis", own: Readonly<Record<string, string>> | undefined) => ({
    engine,
    labels,
    image: images[name] ?? serviceImage,
    limits: layout?.parts[name],
    logFile: `${options.logDirectory}/${name}.log`,
    settings: { ...layout?.[name], ...own },
  });
  return provision({
    ...options,
    kind: "containers",
    serviceVersion: (await nodeVersionIn(engine.docker, serviceImage)) ?? service.command[0] ?? "",
    startPostgres: (at) => startPostgresContainer({ ...server("postgres", service.needs.postgres?.settings), ...at }),
    startRedis: (at) => startRedisContainer({ ...server("redis", service.needs.redis?.settings), ...at }),
    seed: (at) => seedInContainer(serviceOptions, at),
    startService: (at) => startServiceContainer(serviceOptions, at),
    describe: (part): Partial<Part> => {
      const { id, name } = part as ContainerRun;
      const of = images[name as keyof typeof images];
      return { containerId: id, ...(of === undefined ? {} : { image: of }) };
    },
    facts: () => ({
      engine: { name, version, cgroupVersion, rootless },
      limits: limitsOf(layout, cleanUp),
      ...(layout === undefined ? {} : { layout }),
    }),
    usage: (parts) => usageOf(engine, parts),
    ...(layout === undefined
      ? {}
      : {
          proveLimits: (parts) => proveLimits({ docker: engine.docker, parts, limits: layout.parts, labels, signal }),
        }),
    watch: (report) => watchMemory({ ...options, docker: engine.docker, runId: guardian.runId, report }),
  });
}

async function usageOf({ docker }: Engine, parts: readonly Part[]): Promise<Partial<Record<PartName, PartUsage>>> {
  const found = await Promise.all(
    parts.map(async ({ name, containerId, pid }) => {
      const used = containerId === undefined ? undefined : await readUsage(docker, containerId);
      if (used === undefined) return [];
      const peak = pid === undefined || used.memoryPeakBytes !== undefined ? undefined : memoryPeak(pid, readText);
      return [[name, peak === undefined ? used : { ...used, memoryPeakBytes: peak }] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

function limitsOf(layout: Layout | undefined, cleanUp: string): string[] {
  return [
    ...(layout === undefined ? ["CPU and memory of the declared profile: not enforced (no profile was laid out)"] : []),
    "the data of Postgres lie on the disk of the container engine",
    cleanUp,
  ];
}
