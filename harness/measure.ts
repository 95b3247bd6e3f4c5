import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buildScenarioRecord } from "./collect/build-record.ts";
import type { RunStream } from "./collect/influx/run-stream.ts";
import { createLive, type LiveFigures } from "./collect/live.ts";
import { openReceiver } from "./collect/receiver.ts";
import type { ScenarioRecord } from "./collect/record.ts";
import { startResourceSampler } from "./collect/resource-sampler.ts";
import { spawnChild } from "./environment/child.ts";
import type { Environment, EnvironmentFacts, PartFailure } from "./environment/environment.ts";
import { PartDied } from "./environment/failure-watch.ts";
import type { Guard } from "./environment/guard.ts";
import type { Guardian } from "./environment/guardian.ts";
import { patientScrape } from "./environment/patient-scrape.ts";
import type { Host } from "./host.ts";
import { startCanary } from "./load/canary.ts";
import { type DriveOptions, drive } from "./load/drive.ts";
import { addressOf, driveLimits } from "./load/drive-limits.ts";
import type { K6 } from "./load/k6-binary.ts";
import { type PreparedScript, writeBundle } from "./load/prepare-script.ts";
import type { LoadCaps } from "./plan/allowed-load.ts";
import type { ServiceDefinition } from "./plan/definition.ts";
import type { ScenarioPlan } from "./plan/plan.ts";
import { PROFILED, profileScenario } from "./profile/profile-scenario.ts";
import { afterScenario } from "./stream.ts";

export interface MeasureOptions {
  readonly runId: string;
  readonly host: Host;
  readonly guardian: Guardian;
  readonly environment: Environment;
  /** What runs there; needed to profile it. */
  readonly service?: ServiceDefinition | undefined;
  readonly k6: K6;
  /** Addresses that load may go to. */
  readonly guard: Guard;
  /** Where load leaves this machine. */
  readonly caps: LoadCaps | undefined;
  readonly script: PreparedScript;
  /** Folder of this scenario inside the run directory. */
  readonly directory: string;
  /** Takes the samples to the database while they come; undefined where there is none. */
  readonly stream: RunStream | undefined;
  /** Aborted when the user stops the run. */
  readonly signal: AbortSignal;
  readonly launch?: DriveOptions["launch"];
  /** Cores of k6 and the canary, where they are kept to some. */
  readonly generatorCores?: string | undefined;
  /** Called about once a second while load is driven. */
  readonly onFigures?: (figures: LiveFigures, elapsedSeconds: number) => void;
  /** Called with k6's process id as soon as it runs. */
  readonly onK6?: (pid: number) => void;
  /** The service is driven as it is: neither restarted nor its data reset. */
  readonly warm?: boolean;
  /** Asked about once a second; the load ends at once when it says so. */
  readonly isOver?: (figures: LiveFigures, elapsedSeconds: number) => boolean;
}

export interface Measured {
  readonly record: ScenarioRecord;
  /** True when `isOver` ended the load before its time. */
  readonly stopped?: boolean;
  /** The part that went past its memory limit under load, which ended the scenario. Other deaths are thrown. */
  readonly died?: PartDied;
}

/** Drives one scenario and collects everything about it: the receiver is open before k6 starts and closed after it. */
export async function measure(scenario: ScenarioPlan, options: MeasureOptions): Promise<Measured> {
  const { host, guardian, environment, directory } = options;
  await mkdir(directory, { recursive: true });
  const profile = await profileScenario(scenario, { environment, service: options.service, directory });
  const settings = profile?.settings ?? scenario.settings;
  if (options.warm !== true) await environment.reset({ settings, logDirectory: directory });
  const bundle = { file: await writeBundle(options.script, directory), hash: options.script.hash };

  const dead = new AbortController();
  const forget = environment.onFailure((failure: PartFailure) => dead.abort(new PartDied(failure)));
  using _ = { [Symbol.dispose]: forget };
  const signal = AbortSignal.any([options.signal, dead.signal]);

  const live = createLive(scenario.kind);
  const secret = randomBytes(16).toString("hex");
  const { name, target, kind } = scenario;
  const log = options.stream?.scenario({ run: options.runId, name, target, kind, plan: scenario, directory });
  await using receiver = await openReceiver({
    directory,
    secret,
    onExport: (received) => live.add(received),
    onKept: (logEnd) => log?.grew(logEnd),
  });
  const start = (...[name, command, args, more]: Parameters<DriveOptions["start"]>) =>
    spawnChild(guardian, name, command, args, {
      ...more,
      ...(options.generatorCores === undefined ? {} : { cpuset: options.generatorCores }),
    });
  await using canary = await startCanary({ start, node: process.execPath, directory });

  const before = await environment.scrape().catch((error: unknown) => {
    // The death of a part explains why it does not answer.
    signal.throwIfAborted();
    throw error;
  });
  await using sampler = startResourceSampler({
    file: join(directory, "resources.jsonl"),
    parts: [
      ...environment.parts.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }])),
      { name: "canary", pid: canary.pid },
      { name: "harness", pid: process.pid },
    ],
    scrape: () => environment.scrape(),
    usage: environment.usage,
    cpuLimits: cpuLimitsOf(environment.facts()),
    now: host.now,
  });
  const load = await drive({
    scenario,
    bundle,
    k6: options.k6,
    env: host.env,
    cwd: host.cwd,
    baseUrl: environment.baseUrl,
    canaryUrl: canary.url,
    otlp: { host: receiver.address, path: receiver.path },
    limits: driveLimits(scenario, [...options.guard.reach, ...addressOf(canary.address)], options.caps),
    directory,
    start,
    now: host.now,
    signal,
    ...(options.launch === undefined ? {} : { launch: options.launch }),
  });
  sampler.add({ name: "k6", pid: load.pid });
  options.onK6?.(load.pid);
  profile?.begin();
  const startedAt = host.now();
  let stopped = false;
  const ticker = setInterval(() => {
    const seconds = (host.now() - startedAt) / 1000;
    options.onFigures?.(live.figures(), seconds);
    if (stopped || options.isOver?.(live.figures(), seconds) !== true) return;
    stopped = true;
    void load.stop();
  }, 1000);
  const outcome = await load.done.finally(() => clearInterval(ticker));
  options.signal.throwIfAborted();
  const died: unknown = dead.signal.reason;
  const wanted =
    died instanceof PartDied && died.failure.outOfMemory === true && environment.facts().layout !== undefined;
  if (!wanted) dead.signal.throwIfAborted();
  if (!wanted) await profile?.end();
  const samples = await sampler.stop();
  const after = wanted ? undefined : await patientScrape(() => environment.scrape(), signal);
  await receiver.close();
  // The sampler has ended before: what the streamer finds from here on is all that there will be.
  log?.ended();
  await afterScenario(options.stream);
  const built = await buildScenarioRecord({
    scenario,
    environment: environment.facts(),
    outcome,
    workload: options.script.workload,
    directory,
    scrapes: { before, after },
    samples,
    receiver: receiver.counts(),
  });
  const record = profile === undefined ? built : labelled(built);
  return wanted ? { record, stopped, died } : { record, stopped };
}

/** A profiler takes a tenth of the time that it looks at. */
function labelled(record: ScenarioRecord): ScenarioRecord {
  const { instrument } = record;
  return { ...record, instrument: { ...instrument, serviceMode: [...instrument.serviceMode, PROFILED] } };
}

/** Quotas are enforced for containers alone. */
function cpuLimitsOf({ kind, layout }: EnvironmentFacts): Record<string, number> {
  if (kind !== "containers" || layout === undefined) return {};
  const { service, postgres, redis } = layout.parts;
  return { service: service.cpus, postgres: postgres.cpus, redis: redis.cpus };
}
