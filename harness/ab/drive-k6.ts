import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SideName } from "../collect/ab-record.ts";
import { type K6Summary, readK6Summary } from "../collect/k6-summary.ts";
import { spawnChild } from "../environment/child.ts";
import type { PartFailure } from "../environment/environment.ts";
import { PartDied } from "../environment/failure-watch.ts";
import { ProofloadError } from "../errors.ts";
import { type Drive, drive } from "../load/drive.ts";
import { addressOf, driveLimits } from "../load/drive-limits.ts";
import type { OtlpEndpoint } from "../load/k6-arguments.ts";
import type { K6Options } from "../load/k6-options.ts";
import type { DriveOutcome } from "../load/outcome.ts";
import { baseUrlVariable } from "../load/paired-entry.ts";
import type { Rig } from "./rig.ts";

/** What one k6 process of a comparison is told: `PairedSettings` of scenarios/lib/paired.ts. */
export interface PairedSettings {
  readonly options: K6Options;
  readonly seed: number;
  readonly sides: readonly SideName[];
  readonly compared: number;
  readonly schedules: Readonly<Record<string, { readonly model: "open"; readonly rate: number }>>;
  readonly setup?: unknown;
  readonly teardown: boolean;
}

export interface PairedDrive extends Pick<Drive, "pid" | "stop"> {
  /** Rejects when a part died or the user stopped the comparison; what else went wrong with k6 is in `exit`. */
  readonly done: Promise<DriveOutcome>;
}

/** Starts k6 on both sides, or on the side of a block. Its files go to `directory`. */
export async function driveK6(
  rig: Rig,
  settings: PairedSettings,
  { directory, otlp }: { readonly directory: string; readonly otlp?: OtlpEndpoint },
): Promise<PairedDrive> {
  const { stacks, host, guardian, canary, plan } = rig;
  await mkdir(directory, { recursive: true });
  const settingsFile = join(directory, "paired.json");
  await writeFile(settingsFile, JSON.stringify(settings));
  const dead = new AbortController();
  const die = (side: SideName) => (failure: PartFailure) =>
    dead.abort(new PartDied({ ...failure, how: `of ${side} ${failure.how}` }));
  const forget = [stacks.base.onFailure(die("base")), stacks.head.onFailure(die("head"))];
  const running = await drive({
    scenario: plan.scenario,
    bundle: rig.bundle,
    k6: rig.k6,
    env: host.env,
    cwd: host.cwd,
    baseUrl: stacks.base.baseUrl,
    canaryUrl: canary.url,
    ...(otlp === undefined ? {} : { otlp }),
    variables: {
      PROOFLOAD_PAIRED: settingsFile,
      PROOFLOAD_COMPARE: settings.compared > 0 ? "1" : "0",
      [baseUrlVariable("base")]: stacks.base.baseUrl,
      [baseUrlVariable("head")]: stacks.head.baseUrl,
      // Windows of half a second: enough requests for a median, and steady ones are seen soon.
      K6_OTEL_EXPORT_INTERVAL: "500ms",
    },
    limits: driveLimits(plan.scenario, [...stacks.reach, ...addressOf(canary.address)], stacks.caps),
    directory,
    start: (name, command, args, more) => spawnChild(guardian, name, command, args, more),
    now: host.now,
    signal: AbortSignal.any([host.interrupted, dead.signal]),
  });
  const done = running.done.then((outcome) => {
    for (const one of forget) one();
    host.interrupted.throwIfAborted();
    dead.signal.throwIfAborted();
    return outcome;
  });
  // It may reject before anybody waits for it.
  done.catch(() => {});
  return { pid: running.pid, done, stop: running.stop };
}

/** @throws ProofloadError PL_K6_FAILED when k6 did not do what it was told: such a start says nothing about the sides. */
export async function summaryOf({ exit, summaryFile }: DriveOutcome, directory: string): Promise<K6Summary> {
  if (exit.kind === "script-error") throw new ProofloadError("PL_K6_FAILED", `the scenario failed: ${exit.message}`);
  if (exit.kind === "failed" || summaryFile === undefined) {
    const lines = exit.kind === "failed" ? exit.lastLines.slice(-3).join("\n") : "";
    throw new ProofloadError("PL_K6_FAILED", `k6 left no figures in ${directory}${lines === "" ? "" : `:\n${lines}`}`);
  }
  return readK6Summary(summaryFile);
}
