import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAbReports } from "../ab-reports.ts";
import type { AbRecord, AbSide } from "../collect/ab-record.ts";
import { createRunDirectory } from "../collect/run-directory.ts";
import { spawnChild } from "../environment/child.ts";
import type { Environment } from "../environment/environment.ts";
import { startGuardian } from "../environment/guardian.ts";
import { takeHostLock } from "../environment/host-lock.ts";
import type { Host } from "../host.ts";
import { startCanary } from "../load/canary.ts";
import { ensureK6 } from "../load/k6-binary.ts";
import { preparePaired } from "../load/paired-bundle.ts";
import { writeBundle } from "../load/prepare-script.ts";
import { layoutOf } from "../open-environment.ts";
import type { Explanation } from "../report/ab/explanation.ts";
import { takeFingerprint } from "../take-fingerprint.ts";
import type { AbVerdict } from "../verdict/ab/ab-verdict.ts";
import { decideAb } from "../verdict/ab/decide-ab.ts";
import type { AbPlan } from "./ab-plan.ts";
import type { AbProgress } from "./ab-progress.ts";
import { addDifferences } from "./answer-differences.ts";
import { driveStart } from "./drive-start.ts";
import { explainRegression } from "./explain.ts";
import { findLoad } from "./find-load.ts";
import { openStacks } from "./open-stacks.ts";
import { openSides, type Side } from "./sides.ts";

export interface ProveAbOptions {
  /** Folder that holds the folders of comparisons. */
  readonly abDirectory: string;
  readonly configDirectory: string;
  readonly shareHost: boolean;
  readonly proofloadVersion: string;
  /** False: a regression is not looked into by a start more under the profiler. */
  readonly explain?: boolean;
  readonly onProgress: (progress: AbProgress) => void;
}

export interface AbProof {
  readonly plan: AbPlan;
  readonly record: AbRecord;
  readonly verdict: AbVerdict;
  /** Of a regression. */
  readonly explanation?: Explanation;
  readonly directory: string;
}

/**
 * The way through: plan → sides → two stacks → starts → record → verdict → report. The record is on the disk after every
 * start, so that whatever happens costs one start at most.
 */
export async function proveAb(plan: AbPlan, host: Host, options: ProveAbOptions): Promise<AbProof> {
  const { interrupted: signal } = host;
  const step = (text: string) => options.onProgress({ kind: "step", text });
  layoutOf(plan);
  const what = `ab ${plan.given.base} ${plan.given.head}`;
  await using lock = await takeHostLock({ pid: process.pid, since: plan.createdAt, what, share: options.shareHost });
  const k6 = await ensureK6({ env: host.env, cwd: host.cwd, onProgress: step, signal });
  step("checking the scenario");
  const script = await preparePaired(plan.scenario, { k6: k6.path, env: host.env, cwd: host.cwd, signal });
  const directory = await createRunDirectory(options.abDirectory, plan.runId);
  await directory.write("plan.json", plan);
  const bundle = { file: await writeBundle(script, directory.path), hash: script.hash };
  const logDirectory = join(directory.path, "environment");
  await mkdir(logDirectory, { recursive: true });

  let record: AbRecord;
  let verdict: AbVerdict | undefined;
  let explanation: Explanation | undefined;
  {
    await using guardian = await startGuardian({ runId: plan.runId, env: host.env });
    const fingerprint = await takeFingerprint(guardian, { k6, directory: directory.path, signal, onStep: step });
    const ground = { host, guardian, configDirectory: options.configDirectory, logDirectory, onProgress: step };
    await using sides = await openSides(plan.given, {
      ...ground,
      environment: plan.environment.kind,
      service: plan.service,
      worktrees: join(options.abDirectory, "worktrees"),
    });
    await using stacks = await openStacks(plan, sides, ground);
    await using canary = await startCanary({
      start: (name, command, args, more) => spawnChild(guardian, name, command, args, more),
      node: process.execPath,
      directory: directory.path,
    });
    const rig = { plan, stacks, bundle, k6, canary, guardian, host, directory: directory.path };
    step("trying the load of both sides at once");
    const load = await findLoad(rig);
    record = {
      schema: "proofload/ab/1",
      runId: plan.runId,
      createdAt: plan.createdAt,
      proofloadVersion: options.proofloadVersion,
      design: plan.design,
      target: plan.scenario.target,
      scenario: plan.scenario.name,
      sides: { base: sideRecord(sides.base, stacks.base), head: sideRecord(sides.head, stacks.head) },
      sharedHost: lock.sharedWith.length > 0,
      fingerprint,
      load,
      seed: plan.seed,
      gated: plan.gated,
      starts: [],
      differences: [],
    };
    const until = host.now() + plan.mostMinutes * 60_000;
    for (let index = 0; verdict === undefined || verdict.next !== "stop"; index++) {
      const before = host.now();
      const { start, differences } = await driveStart(index, load, rig, sofar(verdict, options.onProgress));
      record = {
        ...record,
        // Others may come later.
        sharedHost: lock.sharedWith.length > 0,
        starts: [...record.starts, start],
        differences: addDifferences(record.differences, differences),
      };
      await directory.write("ab.json", record);
      const now = host.now();
      verdict = decideAb(record, { ...plan.rules, over: now + (now - before) > until });
    }
    // First: what comes now may fail, and changes nothing of it.
    await directory.write("verdict.json", verdict);
    if (options.explain !== false) explanation = await explainRegression(verdict, load, rig, options.onProgress);
  }
  signal.throwIfAborted();
  const explained = explanation === undefined ? {} : { explanation };
  await writeAbReports(directory, { record, verdict, ...explained });
  return { plan, record, verdict, ...explained, directory: directory.path };
}

/** Where the figures that decide stand, beside where the start stands. */
function sofar(
  verdict: AbVerdict | undefined,
  onProgress: ProveAbOptions["onProgress"],
): (progress: AbProgress) => void {
  return (progress) =>
    onProgress(
      progress.kind === "start" && verdict !== undefined ? { ...progress, sofar: verdict.sentence } : progress,
    );
}

/** An image is what its content is; a tag may mean another one tomorrow. */
function sideRecord({ record }: Side, { parts }: Environment): AbSide {
  const digest = parts.find(({ name }) => name === "service")?.image?.digest;
  return record.kind !== "image" || digest === undefined ? record : { ...record, digest };
}
