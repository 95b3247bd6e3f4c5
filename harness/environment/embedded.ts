import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ServiceDefinition } from "../plan/definition.ts";
import type { Environment } from "./environment.ts";
import type { Guardian } from "./guardian.ts";
import { startPostgres } from "./postgres.ts";
import type { PostgresSource } from "./postgres-binaries.ts";
import { provision, type Servers } from "./provision.ts";
import { startRedis } from "./redis.ts";
import { seed, startService, versionOf } from "./service.ts";

export interface EmbeddedOptions {
  readonly service: ServiceDefinition;
  /** Absolute folder of the configuration file. Downloaded servers are kept in its `.proofload/bin`. */
  readonly configDirectory: string;
  /** Absolute, existing folder for postgres.log, redis.log, seed.log, and the service.log of the first start. */
  readonly logDirectory: string;
  readonly guardian: Guardian;
  /** Ends the provisioning, and every later `reset`; what was started is stopped. */
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  /** The service's port; a free one when left out. */
  readonly port?: number;
  /** Where the binaries of Postgres are, when not in this installation. */
  readonly postgresSource?: PostgresSource;
}

/**
 * Postgres, Redis and the service as child processes of the harness.
 * @throws as provision.ts says.
 */
export async function provisionEmbedded(options: EmbeddedOptions): Promise<Environment> {
  const { service } = options;
  return provision({
    ...options,
    kind: "embedded",
    serviceVersion: versionOf(service),
    startPostgres: (at) =>
      startPostgres({
        ...options,
        ...at,
        settings: service.needs.postgres?.settings ?? {},
        ...(options.postgresSource === undefined ? {} : { source: options.postgresSource }),
      }),
    startRedis: (at) =>
      startRedis({
        ...options,
        ...at,
        settings: service.needs.redis?.settings ?? {},
        toolsDirectory: join(options.configDirectory, ".proofload", "bin"),
      }),
    seed: (at) => seed({ ...options, ...at }),
    startService: (at) => startService({ ...options, ...at }),
    describe: () => ({}),
    facts: (servers) => ({ limits: limitsOf(availableParallelism(), servers) }),
  });
}

function limitsOf(cpus: number, { postgres }: Servers): string[] {
  const limits = [
    "CPU and memory of the declared profile: not enforced (ordinary processes of this machine)",
    `the load generator shares ${cpus} CPUs with everything that it measures; where they do not suffice, it goes first`,
  ];
  if (postgres?.inMemory) limits.push("the data of Postgres lie in memory (tmpfs): a commit waits for no disk");
  return limits;
}
