import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { costRecord } from "./collect/cost/cost-record.ts";
import { cpuNanoseconds } from "./collect/cost/cpu-nanoseconds.ts";
import { openMeter } from "./collect/cost/meter.ts";
import { openReceiver } from "./collect/receiver.ts";
import { spawnChild } from "./environment/child.ts";
import type { PartFailure } from "./environment/environment.ts";
import { PartDied } from "./environment/failure-watch.ts";
import { ProofloadError } from "./errors.ts";
import { type DriveOptions, drive } from "./load/drive.ts";
import { addressOf, driveLimits } from "./load/drive-limits.ts";
import type { DriveOutcome } from "./load/outcome.ts";
import { writeBundle } from "./load/prepare-script.ts";
import type { Measured, MeasureOptions } from "./measure.ts";
import { countingOf } from "./plan/cost-scenario.ts";
import type { ScenarioPlan } from "./plan/plan.ts";

/** Setup, the idle time and k6's own start come on top of what the plan allows. */
const AROUND_SECONDS = 60;

/**
 * Counts what requests cost, one at a time: k6 runs the scenario's own functions with one VU and waits before and after
 * every request until all counters were read. As `measure` in everything else.
 */
export async function measureCost(scenario: ScenarioPlan, options: MeasureOptions): Promise<Measured> {
  const { host, guardian, environment, directory } = options;
  await mkdir(directory, { recursive: true });
  await environment.reset({ settings: scenario.settings, logDirectory: directory });
  const bundle = { file: await writeBundle(options.script, directory), hash: options.script.hash };

  const dead = new AbortController();
  const forget = environment.onFailure((failure: PartFailure) => dead.abort(new PartDied(failure)));
  using _ = { [Symbol.dispose]: forget };
  const signal = AbortSignal.any([options.signal, dead.signal]);

  await using counters = await environment.openCounters?.();
  const service = environment.parts.find(({ name }) => name === "service")?.pid;
  await using meter = await openMeter({
    counters,
    cpuNs: () => (service === undefined ? undefined : cpuNanoseconds(service)),
    now: host.now,
  });
  const { atMostSeconds } = countingOf(scenario);
  const secret = randomBytes(16).toString("hex");
  // k6 sends its samples somewhere; here nobody reads them.
  await using receiver = await openReceiver({ directory, secret, onExport: () => {}, onKept: () => {} });
  const start = (...[name, command, args, more]: Parameters<DriveOptions["start"]>) =>
    spawnChild(guardian, name, command, args, {
      ...more,
      ...(options.generatorCores === undefined ? {} : { cpuset: options.generatorCores }),
    });
  const limits = driveLimits(scenario, [...options.guard.reach, ...addressOf(meter.address)], options.caps);
  const load = await drive({
    scenario,
    bundle,
    k6: options.k6,
    env: host.env,
    cwd: host.cwd,
    baseUrl: environment.baseUrl,
    canaryUrl: "",
    meterUrl: meter.url,
    otlp: { host: receiver.address, path: receiver.path },
    limits: { ...limits, seconds: limits.seconds ?? scenario.warmupSeconds + atMostSeconds + AROUND_SECONDS },
    directory,
    start,
    now: host.now,
    signal,
    ...(options.launch === undefined ? {} : { launch: options.launch }),
  });
  options.onK6?.(load.pid);
  const counted = await Promise.race([meter.done.then(() => true), load.done.then(() => false)]);
  const outcome = counted ? completed(await load.stop()) : await load.done;
  signal.throwIfAborted();
  if (meter.trouble !== undefined) {
    throw new ProofloadError("PL_INTERNAL", `the costs could not be counted: ${meter.trouble}`, {
      cause: meter.trouble,
    });
  }
  await receiver.close();
  const costs = meter.costs();
  await writeFile(join(directory, "costs.json"), `${JSON.stringify(costs)}\n`);
  const { workload } = options.script;
  const record = costRecord({ scenario, environment: environment.facts(), outcome, workload, costs });
  return { record, stopped: false };
}

/** k6 was ended by us, because there was nothing left to count. */
function completed(outcome: DriveOutcome): DriveOutcome {
  return outcome.exit.kind === "aborted" ? { ...outcome, exit: { kind: "completed" } } : outcome;
}
