import type { MicroRecord } from "../collect/micro-record.ts";
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { EnvironmentFacts, Part } from "../environment/environment.ts";
import type { Calibration, Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import { type Difference, differencesBetween } from "../plan/differences.ts";
import type { Plan } from "../plan/plan.ts";
import { microWorkloadOf, type Workload, workloadOf } from "../plan/workload.ts";
import { LIMITS } from "./limits.ts";

/** A stored run: what was planned, and what was measured. */
export interface StoredRun {
  readonly plan: Plan;
  readonly record: RunRecord;
}

/** Something that a reader of a comparison has to know, and that makes nothing unlike. */
export interface Label {
  /** "different speed", "shared machine", "forced", … */
  readonly code: string;
  readonly sentence: string;
}

export interface Comparability {
  /** Declared fields in which the two are unlike; a comparison would not be one of like with like. */
  readonly differences: readonly Difference[];
  readonly labels: readonly Label[];
}

/**
 * May these two runs be compared? They have to be equal in machine, tools, environment and workload. Not part of it: the
 * commit and the image of the service itself, which are what is compared, and the calibration score, which only labels.
 */
export function comparability(left: StoredRun, right: StoredRun): Comparability {
  return {
    differences: distinct([
      ...differencesBetween(declared(left.record.fingerprint), declared(right.record.fingerprint)),
      ...partDifferences(left, right),
    ]),
    labels: [
      ...speedLabels(left.record.fingerprint.calibration, right.record.fingerprint.calibration),
      ...sharedLabels(left, right),
    ],
  };
}

/** Every run after the first, each beside the first. */
export function besideFirst([first, ...others]: readonly StoredRun[]): Comparability[] {
  return first === undefined ? [] : others.map((run) => comparability(first, run));
}

function declared({ machine, k6 }: Fingerprint) {
  const { cpuModel, cpus, smt, governor, memoryBytes, kernel, cgroup, platform, node } = machine;
  return {
    machine: {
      cpuModel,
      // Which cores it were changes from run to run where a scheduler hands them out; how many is what counts.
      cpus,
      smt,
      governor,
      // The kernel keeps some for itself, a little more or less with each version.
      memory: `${Math.ceil(memoryBytes / 1024 ** 3)} GiB`,
      kernel,
      cgroup,
      platform,
      node,
    },
    k6,
  };
}

/**
 * Everything in which runs of one scenario or micro-benchmark have to be equal to stand in one series, as plain data:
 * the same fields that `comparability` holds together. Runs without a difference have equal ones.
 */
export function likenessOf(
  { fingerprint }: Pick<RunRecord, "fingerprint">,
  part: { readonly environment?: EnvironmentFacts; readonly workload: { readonly hash: string } },
): object {
  return {
    ...declared(fingerprint),
    ...(part.environment !== undefined ? { environment: declaredEnvironment(part.environment) } : {}),
    workload: part.workload.hash,
  };
}

/** Scenarios and micro-benchmarks that both have; where there is none, that is the difference. */
function partDifferences(left: StoredRun, right: StoredRun): Difference[] {
  const pairs = [
    ...pairsOf(left.record.scenarios, right.record.scenarios).flatMap(([a, b]) => [
      ...differencesBetween(declaredEnvironment(a.environment), declaredEnvironment(b.environment), "environment"),
      ...workloadDifferences(
        a,
        b,
        planned(left.plan.scenarios, a, workloadOf),
        planned(right.plan.scenarios, b, workloadOf),
      ),
    ]),
    ...pairsOf(microOf(left.record), microOf(right.record)).flatMap(([a, b]) =>
      workloadDifferences(
        a,
        b,
        planned(microOf(left.plan), a, microWorkloadOf),
        planned(microOf(right.plan), b, microWorkloadOf),
      ),
    ),
  ];
  const [mine, theirs] = [namesOf(left.record), namesOf(right.record)];
  const isCommon = mine.some((name) => theirs.includes(name));
  return isCommon ? pairs : [{ field: "scenarios", left: mine.join(", "), right: theirs.join(", ") }];
}

function declaredEnvironment({ kind, baseUrl, engine, layout, parts }: EnvironmentFacts) {
  return {
    kind,
    // Elsewhere is another machine, of which nothing is known but its name.
    ...(kind === "url" ? { host: hostOf(baseUrl) } : {}),
    engine,
    profile: layout,
    parts: Object.fromEntries(parts.map((part) => [part.name, declaredPart(part)])),
  };
}

function declaredPart({ name, version, image }: Part) {
  // The service's own image is what is compared: a release has another, and so has every commit.
  return { version, ...(name === "service" ? {} : { image: image?.digest }) };
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? url;
}

/** Of what both runs did under one name: which fields of the plan, and whether the script, are unlike. */
function workloadDifferences(
  left: ScenarioRecord | MicroRecord,
  right: ScenarioRecord | MicroRecord,
  planLeft: Workload | undefined,
  planRight: Workload | undefined,
): Difference[] {
  const field = `workload.${left.name}`;
  if (left.workload.hash === right.workload.hash) return [];
  const found = [
    ...differencesBetween(planLeft, planRight, field),
    ...differencesBetween(left.workload.script, right.workload.script, `${field}.script`),
  ];
  return found.length > 0 ? found : [{ field, left: left.workload.hash, right: right.workload.hash }];
}

function planned<Plan extends { readonly name: string }>(
  plans: readonly Plan[],
  { name }: { readonly name: string },
  workload: (plan: Plan) => Workload,
): Workload | undefined {
  const plan = plans.find((one) => one.name === name);
  return plan === undefined ? undefined : workload(plan);
}

function speedLabels(left: Calibration, right: Calibration): Label[] {
  const unlike = (["cpu", "memory", "loopback"] as const).flatMap((score) => {
    const ratio = right[score] / left[score];
    return Math.max(ratio, 1 / ratio) <= 1 + LIMITS.calibration ? [] : [`${score} ${ratio.toFixed(2)} times`];
  });
  if (unlike.length === 0) return [];
  const sentence = `the machine was not equally fast before both runs: on the right ${unlike.join(", ")} as fast as on the left`;
  return [{ code: "different speed", sentence }];
}

function sharedLabels(left: StoredRun, right: StoredRun): Label[] {
  const sides = [left.record.sharedHost ? "left" : "", right.record.sharedHost ? "right" : ""].filter(Boolean);
  const sentence = `another run shared the machine with the ${sides.join(" and the ")} one`;
  return sides.length === 0 ? [] : [{ code: "shared machine", sentence }];
}

/** By name; what only one side has is left out. */
export function pairsOf<Named extends { readonly name: string }>(
  left: readonly Named[],
  right: readonly Named[],
): (readonly [Named, Named])[] {
  return left.flatMap((a) => {
    const b = right.find((one) => one.name === a.name);
    return b === undefined ? [] : [[a, b] as const];
  });
}

export function namesOf(record: RunRecord): string[] {
  return [...record.scenarios, ...microOf(record)].map(({ name }) => name);
}

/** Those of a run, or of its plan. */
export function microOf<Micro>({ micro }: { readonly micro?: readonly Micro[] }): readonly Micro[] {
  return micro ?? [];
}

/** Runs have much in common, and so have the scenarios of one: what is unlike in all of them is said once. */
export function distinct(differences: readonly Difference[]): Difference[] {
  return [...new Map(differences.map((one) => [JSON.stringify(one), one])).values()];
}
