import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ServiceDefinition } from "../plan/definition.ts";
import type { Layout } from "../plan/profile.ts";
import { canPin, coversAll } from "./affinity.ts";
import type { Environment, PartName } from "./environment.ts";
import { heapMebibytes, isNode } from "./heap-limit.ts";
import { startPostgres } from "./postgres.ts";
import type { PostgresSource } from "./postgres-binaries.ts";
import { type ProvisionOptions, provision, type Servers } from "./provision.ts";
import { startRedis } from "./redis.ts";
import { seed, startService, versionOf } from "./service.ts";

export interface EmbeddedOptions extends ProvisionOptions {
  /** Where the binaries of Postgres are, when not in this installation. */
  readonly postgresSource?: PostgresSource;
}

/**
 * Postgres, Redis and the service as child processes of the harness.
 * @throws as provision.ts says.
 */
export async function provisionEmbedded(options: EmbeddedOptions): Promise<Environment> {
  const { service, layout } = options;
  const pins = canPin(options.guardian.env);
  const coresOf = (part: PartName) => {
    const cpuset = layout?.parts[part].cpuset;
    return cpuset === undefined || coversAll(cpuset) || !pins ? undefined : cpuset;
  };
  const memoryBytes = layout?.parts.service.memoryBytes;
  const held = { ...options, cpuset: coresOf("service"), memoryBytes };
  return provision({
    ...options,
    kind: "embedded",
    serviceVersion: versionOf(service),
    startPostgres: (at) =>
      startPostgres({
        ...options,
        ...at,
        cpuset: coresOf("postgres"),
        settings: { ...layout?.postgres, ...service.needs.postgres?.settings },
        ...(options.postgresSource === undefined ? {} : { source: options.postgresSource }),
      }),
    startRedis: (at) =>
      startRedis({
        ...options,
        ...at,
        cpuset: coresOf("redis"),
        settings: { ...layout?.redis, ...service.needs.redis?.settings },
        toolsDirectory: join(options.configDirectory, ".proofload", "bin"),
      }),
    seed: (at) => seed({ ...options, memoryBytes, ...at }),
    startService: (at) => startService({ ...held, ...at }),
    describe: () => ({}),
    facts: (servers) => ({
      limits: [...hardwareLimits(service, layout, pins), ...placeLimits(servers)],
      ...(layout === undefined ? {} : { layout }),
    }),
  });
}

function hardwareLimits(service: ServiceDefinition, layout: Layout | undefined, pins: boolean): string[] {
  if (layout === undefined) {
    const cpus = availableParallelism();
    return [
      "CPU and memory of the declared profile: not enforced (ordinary processes of this machine)",
      `the load generator shares ${cpus} CPUs with everything that it measures; where they do not suffice, it goes first`,
    ];
  }
  const memoryBytes = layout.parts.service.memoryBytes;
  return [
    "CPU time of the profile: not enforced (ordinary processes have no quota)",
    ...(pins ? [] : ["cores of the profile: not enforced (this system has no taskset)"]),
    isNode(service)
      ? `memory of the service: its JavaScript heap alone is held to ${heapMebibytes(memoryBytes)} MiB`
      : "memory of the service: not enforced (not a Node service)",
    "memory of Postgres and Redis: not enforced, but for their own settings",
    ...(layout.sharesCores ? ["cores: too few for a set each, so that parts share them"] : []),
  ];
}

function placeLimits({ postgres }: Servers): string[] {
  return postgres?.inMemory ? ["the data of Postgres lie in memory (tmpfs): a commit waits for no disk"] : [];
}
