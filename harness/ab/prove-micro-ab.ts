import { join } from "node:path";
import { writeAbReports } from "../ab-reports.ts";
import type { AbRecord, Pair } from "../collect/ab-record.ts";
import { createRunDirectory } from "../collect/run-directory.ts";
import { startGuardian } from "../environment/guardian.ts";
import { takeHostLock } from "../environment/host-lock.ts";
import type { Host } from "../host.ts";
import { checkSubject } from "../micro/measure-subject.ts";
import type { ServiceDefinition } from "../plan/definition.ts";
import type { MicroPlan } from "../plan/plan.ts";
import { takeFingerprint } from "../take-fingerprint.ts";
import type { AbVerdict } from "../verdict/ab/ab-verdict.ts";
import { decideAb } from "../verdict/ab/decide-ab.ts";
import { seededRandom } from "../verdict/stats/random.ts";
import { type AbMicroPlan, microGate } from "./ab-micro-plan.ts";
import { measureMicroStart } from "./micro-start.ts";
import { subjectIn } from "./micro-subject.ts";
import { openSides, type Sides } from "./sides.ts";

export interface ProveMicroAbOptions {
  /** Folder that holds the folders of comparisons. */
  readonly abDirectory: string;
  readonly configDirectory: string;
  /** Whose `build` the sides need; its other parts are not started. */
  readonly service: ServiceDefinition;
  readonly shareHost: boolean;
  readonly proofloadVersion: string;
  readonly onStep: (text: string) => void;
}

export interface MicroAbProof {
  readonly record: AbRecord;
  readonly verdict: AbVerdict;
  readonly directory: string;
}

/** The way through for micro-benchmarks: plan → sides → starts → record → verdict, as prove-ab.ts goes for load. */
export async function proveMicroAb(plan: AbMicroPlan, host: Host, options: ProveMicroAbOptions): Promise<MicroAbProof> {
  const { interrupted: signal } = host;
  const { given, subject } = plan;
  const what = `ab --micro ${subject.name} ${given.base} ${given.head}`;
  await using lock = await takeHostLock({ pid: process.pid, since: plan.createdAt, what, share: options.shareHost });
  await using guardian = await startGuardian({ runId: plan.runId, env: host.env });
  const scratch = await guardian.makeDirectory("sides");
  await using sides = await openSides(given, {
    ...options,
    environment: "embedded",
    worktrees: join(options.abDirectory, "worktrees"),
    logDirectory: scratch,
    guardian,
    host,
    onProgress: options.onStep,
  });
  const subjects = await subjectsIn(sides, subject, options.configDirectory);
  options.onStep("checking the benchmark on both sides");
  const names = await checkBoth(subjects, async (side, one) => {
    const where = `${subject.name} of ${sides[side].record.given}`;
    return checkSubject(one, { host, guardian, runDirectory: join(scratch, side), onStep: () => {} }, where);
  });

  const directory = await createRunDirectory(options.abDirectory, plan.runId);
  await directory.write("plan.json", plan);
  const fingerprint = await takeFingerprint(guardian, { directory: directory.path, signal, onStep: options.onStep });
  let record: AbRecord = {
    schema: "proofload/ab/1",
    runId: plan.runId,
    createdAt: plan.createdAt,
    proofloadVersion: options.proofloadVersion,
    design: "blocks",
    target: subject.target,
    scenario: subject.name,
    sides: { base: sides.base.record, head: sides.head.record },
    sharedHost: lock.sharedWith.length > 0,
    fingerprint,
    seed: plan.seed,
    gated: microGate(names),
    starts: [],
    differences: [],
  };
  const rig = { subjects, guardian, host, directory: directory.path, random: seededRandom(plan.seed) };
  const { rules } = plan;
  const until = host.now() + plan.mostMinutes * 60_000;
  for (let index = 0; ; index += 1) {
    options.onStep(`start ${index + 1} of at most ${rules.mostStarts}`);
    const start = await measureMicroStart(index, rig);
    record = { ...record, starts: [...record.starts, start], sharedHost: lock.sharedWith.length > 0 };
    await directory.write("ab.json", record);
    const seconds = start.measuredSeconds;
    const over = index + 1 >= MOST_TRIES * rules.mostStarts || host.now() + seconds * 1000 > until;
    const verdict = decideAb(record, { ...rules, over });
    if (verdict.next === "another start" && !over) continue;
    await writeAbReports(directory, { record, verdict });
    return { record, verdict, directory: directory.path };
  }
}

/** Starts in which others took the CPU are no evidence, and are made again; but not without end. */
const MOST_TRIES = 2;

async function subjectsIn(sides: Sides, plan: MicroPlan, configDirectory: string): Promise<Pair<MicroPlan>> {
  return {
    base: await subjectIn(sides.base, plan, configDirectory),
    head: await subjectIn(sides.head, plan, configDirectory),
  };
}

/** Names of the benches that both sides have. */
async function checkBoth(
  subjects: Pair<MicroPlan>,
  check: (side: "base" | "head", subject: MicroPlan) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const base = await check("base", subjects.base);
  const head = await check("head", subjects.head);
  return base.filter((name) => head.includes(name));
}
