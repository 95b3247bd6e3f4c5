import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ServiceDefinition } from "../plan/definition.ts";
import { allOrNone } from "./all-or-none.ts";
import type { Child } from "./child.ts";
import { createSeededDatabase, finishSeededDatabase, resetDatabase, SEEDED, WORKING } from "./database.ts";
import type { Environment, EnvironmentFacts, Part, ResetOptions } from "./environment.ts";
import { createFailureWatch } from "./failure-watch.ts";
import { freePorts, LOOPBACK, requireFreePort } from "./free-port.ts";
import type { Guardian } from "./guardian.ts";
import { type RunningPostgres, startPostgres } from "./postgres.ts";
import type { PostgresSource } from "./postgres-binaries.ts";
import { type RunningRedis, startRedis } from "./redis.ts";
import { scrapeMetrics } from "./scrape.ts";
import { readyWithinMs, type ServiceOptions, seed, startService, versionOf } from "./service.ts";

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
 * Postgres, Redis and the service as child processes on loopback ports of this machine, seeded and ready for load.
 * @throws ProofloadError PL_START_FAILED, PL_PORT_TAKEN, PL_DEPENDENCY_MISSING, PL_PART_DIED, PL_CONFIG; the signal's
 * reason when aborted. Nothing is left running then.
 */
export async function provisionEmbedded(options: EmbeddedOptions): Promise<Environment> {
  const { service } = options;
  readyWithinMs(service);
  if (options.port !== undefined) await requireFreePort(options.port, `the service ${service.name}`);
  const [servicePort = 0, postgresPort = 0, redisPort = 0] = await choosePorts(options.port);
  const watch = createFailureWatch();
  const signal = AbortSignal.any([options.signal, watch.signal]);
  await using failed = new AsyncDisposableStack();

  const [postgres, redis] = await allOrNone<[RunningPostgres | undefined, RunningRedis | undefined]>(signal, [
    async (linked) => {
      if (service.needs.postgres === undefined) return undefined;
      options.onProgress?.("starting Postgres");
      const settings = service.needs.postgres.settings ?? {};
      const source = options.postgresSource === undefined ? {} : { source: options.postgresSource };
      const started = failed.use(
        await startPostgres({ ...options, port: postgresPort, settings, signal: linked, ...source }),
      );
      watch.watch("postgres", started.child);
      await createSeededDatabase(started);
      return started;
    },
    async (linked) => {
      if (service.needs.redis === undefined) return undefined;
      options.onProgress?.("starting Redis");
      const settings = service.needs.redis.settings ?? {};
      const toolsDirectory = join(options.configDirectory, ".proofload", "bin");
      const started = failed.use(
        await startRedis({ ...options, port: redisPort, settings, toolsDirectory, signal: linked }),
      );
      watch.watch("redis", started.child);
      return started;
    },
  ]);

  const serviceOptions = (database: string, logDirectory: string): ServiceOptions => ({
    ...options,
    logDirectory,
    signal,
    addresses: addressesOf(service, postgres?.serviceUrl(database), redis?.url),
  });
  if (service.seedCommand !== undefined) options.onProgress?.("seeding");
  await seed(serviceOptions(SEEDED, options.logDirectory));
  if (postgres !== undefined) await finishSeededDatabase(postgres);

  let current: Child | undefined;
  failed.defer(async () => {
    await current?.stop(1500);
  });

  async function reset({ settings, logDirectory }: ResetOptions): Promise<void> {
    signal.throwIfAborted();
    await current?.stop(5000);
    current = undefined;
    watch.forget("service");
    await allOrNone(signal, [
      async () => (postgres === undefined ? undefined : resetDatabase(postgres)),
      async () => redis?.clear(),
    ]).catch((error: unknown) => {
      // The death of a part explains a broken connection, not the other way round.
      signal.throwIfAborted();
      throw error;
    });
    const child = await startService({ ...serviceOptions(WORKING, logDirectory), port: servicePort, settings });
    current = child;
    watch.watch("service", child);
  }

  options.onProgress?.(`starting ${service.name}`);
  await reset({ settings: {}, logDirectory: options.logDirectory });

  const baseUrl = `http://${LOOPBACK}:${servicePort}`;
  const parts = (): Part[] => [
    part("service", current, servicePort, versionOf(service)),
    ...(postgres === undefined ? [] : [part("postgres", postgres.child, postgresPort, postgres.version)]),
    ...(redis === undefined ? [] : [part("redis", redis.child, redisPort, redis.version)]),
  ];
  const running = failed.move();
  return {
    kind: "embedded",
    baseUrl,
    get parts() {
      return parts();
    },
    reset,
    scrape: () => scrapeMetrics(baseUrl, service.metricsPath),
    facts: (): EnvironmentFacts => ({
      kind: "embedded",
      baseUrl,
      parts: parts(),
      limits: limitsOf(availableParallelism(), postgres),
    }),
    onFailure: watch.onFailure,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function choosePorts(wanted: number | undefined): Promise<number[]> {
  if (wanted === undefined) return freePorts(3);
  const others = (await freePorts(3)).filter((port) => port !== wanted);
  return [wanted, ...others];
}

function addressesOf(service: ServiceDefinition, postgres: string | undefined, redis: string | undefined) {
  const addresses: Record<string, string> = {};
  if (service.needs.postgres !== undefined && postgres !== undefined) {
    addresses[service.needs.postgres.urlVariable] = postgres;
  }
  if (service.needs.redis !== undefined && redis !== undefined) addresses[service.needs.redis.urlVariable] = redis;
  return addresses;
}

function part(name: Part["name"], child: Child | undefined, port: number, version: string): Part {
  const process_ = child === undefined ? {} : { pid: child.pid };
  return { name, port, version, ...process_, ...(child?.logFile === undefined ? {} : { logFile: child.logFile }) };
}

function limitsOf(cpus: number, postgres: RunningPostgres | undefined): string[] {
  const limits = [
    "CPU and memory of the declared profile: not enforced (ordinary processes of this machine)",
    `the load generator shares ${cpus} CPUs with everything that it measures; where they do not suffice, it goes first`,
  ];
  if (postgres?.inMemory) limits.push("the data of Postgres lie in memory (tmpfs): a commit waits for no disk");
  return limits;
}
