import type { ServiceDefinition } from "../plan/definition.ts";
import type { Layout } from "../plan/profile.ts";
import { allOrNone } from "./all-or-none.ts";
import type { Running } from "./child.ts";
import { openCounters } from "./counters.ts";
import { createSeededDatabase, finishSeededDatabase, resetDatabase, SEEDED, WORKING } from "./database.ts";
import type { Environment, EnvironmentFacts, LimitProof, Part, ResetOptions } from "./environment.ts";
import { createFailureWatch, type FailureWatch } from "./failure-watch.ts";
import { freePorts, LOOPBACK, requireFreePort } from "./free-port.ts";
import type { Guardian } from "./guardian.ts";
import type { RunningPostgres } from "./postgres.ts";
import type { RunningRedis } from "./redis.ts";
import { scrapeMetrics } from "./scrape.ts";
import { readyWithinMs } from "./service.ts";

/** What every environment that we start ourselves is given. */
export interface ProvisionOptions {
  readonly service: ServiceDefinition;
  /** Absolute folder of the configuration file, which the paths of the definition are relative to. */
  readonly configDirectory: string;
  /** Absolute, existing folder for postgres.log, redis.log, seed.log, and the service.log of the first start. */
  readonly logDirectory: string;
  /** Its `env` is the user's: it names images, among others. */
  readonly guardian: Guardian;
  /** Ends the provisioning, and every later `reset`; what was started is stopped. */
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  /** What each part may use, and the servers' settings; undefined: whatever there is, and that is said. */
  readonly layout?: Layout | undefined;
  /** The service's port; a free one when left out. */
  readonly port?: number;
}

/** How one kind of environment starts its parts. Each of them cleans up after itself when it fails. */
export interface Recipe extends Pick<ProvisionOptions, "service" | "signal" | "logDirectory" | "onProgress" | "port"> {
  readonly kind: "embedded" | "containers";
  startPostgres(at: ServerAt): Promise<RunningPostgres>;
  startRedis(at: ServerAt): Promise<RunningRedis>;
  seed(at: ServiceAt): Promise<void>;
  startService(at: ServiceAt & { readonly port: number; readonly settings: Settings }): Promise<Running>;
  /** What is known of a part beside its process. */
  describe(part: Running): Partial<Part>;
  readonly serviceVersion: string;
  /** What is said about the whole, beside address and parts. */
  facts(servers: Servers): Omit<EnvironmentFacts, "kind" | "baseUrl" | "parts">;
  readonly usage?: (parts: readonly Part[]) => ReturnType<NonNullable<Environment["usage"]>>;
  /** Tries the limits of its parts, without load. */
  readonly proveLimits?: (parts: readonly Part[]) => Promise<readonly LimitProof[]>;
  /** Deaths that no part's end tells. */
  readonly watch?: (report: FailureWatch["report"]) => Promise<Disposable>;
}

type Settings = Readonly<Record<string, string>>;

export interface ServerAt {
  readonly port: number;
  readonly signal: AbortSignal;
}

export interface ServiceAt {
  /** Addresses of the dependencies, under the names of the definition. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly logDirectory: string;
  readonly signal: AbortSignal;
}

export interface Servers {
  readonly postgres: RunningPostgres | undefined;
  readonly redis: RunningRedis | undefined;
}

/**
 * Postgres, Redis and the service, seeded and ready for load, on loopback ports of this machine.
 * @throws ProofloadError PL_START_FAILED, PL_PORT_TAKEN, PL_DEPENDENCY_MISSING, PL_PART_DIED, PL_CONFIG; the signal's
 * reason when aborted. Nothing is left running then.
 */
export async function provision(recipe: Recipe): Promise<Environment> {
  const { service } = recipe;
  readyWithinMs(service);
  if (recipe.port !== undefined) await requireFreePort(recipe.port, `the service ${service.name}`);
  const [servicePort = 0, postgresPort = 0, redisPort = 0] = await choosePorts(recipe.port);
  const watch = createFailureWatch();
  const signal = AbortSignal.any([recipe.signal, watch.signal]);
  await using failed = new AsyncDisposableStack();
  if (recipe.watch !== undefined) failed.use(await recipe.watch(watch.report));

  const [postgres, redis] = await allOrNone<[RunningPostgres | undefined, RunningRedis | undefined]>(signal, [
    async (linked) => {
      if (service.needs.postgres === undefined) return undefined;
      recipe.onProgress?.("starting Postgres");
      const started = failed.use(await recipe.startPostgres({ port: postgresPort, signal: linked }));
      watch.watch("postgres", started.child);
      await createSeededDatabase(started);
      return started;
    },
    async (linked) => {
      if (service.needs.redis === undefined) return undefined;
      recipe.onProgress?.("starting Redis");
      const started = failed.use(await recipe.startRedis({ port: redisPort, signal: linked }));
      watch.watch("redis", started.child);
      return started;
    },
  ]);

  const serviceAt = (database: string, logDirectory: string): ServiceAt => ({
    logDirectory,
    signal,
    addresses: addressesOf(service, postgres?.serviceUrl(database), redis?.url),
  });
  if (service.seedCommand !== undefined) {
    recipe.onProgress?.("seeding");
    await recipe.seed(serviceAt(SEEDED, recipe.logDirectory));
  }
  if (postgres !== undefined) await finishSeededDatabase(postgres);

  let current: Running | undefined;
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
    const child = await recipe.startService({ ...serviceAt(WORKING, logDirectory), port: servicePort, settings });
    current = child;
    watch.watch("service", child);
  }

  recipe.onProgress?.(`starting ${service.name}`);
  await reset({ settings: {}, logDirectory: recipe.logDirectory });

  const baseUrl = `http://${LOOPBACK}:${servicePort}`;
  const part = (name: Part["name"], child: Running | undefined, port: number, version: string): Part => ({
    name,
    port,
    version,
    ...(child === undefined || child.pid === 0 ? {} : { pid: child.pid }),
    ...(child?.logFile === undefined ? {} : { logFile: child.logFile }),
    ...(child === undefined ? {} : recipe.describe(child)),
  });
  const parts = (): Part[] => [
    part("service", current, servicePort, recipe.serviceVersion),
    ...(postgres === undefined ? [] : [part("postgres", postgres.child, postgresPort, postgres.version)]),
    ...(redis === undefined ? [] : [part("redis", redis.child, redisPort, redis.version)]),
  ];
  const { usage, proveLimits } = recipe;
  let proofs: readonly LimitProof[] | undefined;
  const running = failed.move();
  return {
    kind: recipe.kind,
    baseUrl,
    get parts() {
      return parts();
    },
    reset,
    scrape: () => scrapeMetrics(baseUrl, service.metricsPath),
    ...(usage === undefined ? {} : { usage: () => usage(parts()) }),
    openCounters: () => openCounters({ postgres, redis }),
    ...(proveLimits === undefined
      ? {}
      : {
          async proveLimits() {
            proofs = await proveLimits(parts());
            return proofs;
          },
        }),
    facts: () => ({
      kind: recipe.kind,
      baseUrl,
      parts: parts(),
      ...recipe.facts({ postgres, redis }),
      ...(proofs === undefined ? {} : { proofs }),
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
