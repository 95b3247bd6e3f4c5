import { type Problem, ProofloadError } from "../errors.ts";
import type { Configuration, HardwareProfile, TargetDefinition } from "./definition.ts";
import { nearest } from "./nearest.ts";
import type { HardwarePlan } from "./plan.ts";
import { type HostHardware, type Layout, layOut } from "./profile.ts";

export interface ProfileRequest {
  /** `--profile`: a key of the configuration's profiles, or the name of a target's own. */
  readonly name?: string | undefined;
  /** `--scale-profile` */
  readonly scale: boolean;
}

/**
 * The hardware of a run: the one asked for, or the smallest that its targets declare. The smallest, because that choice
 * is the same on every machine, and because what holds on less holds on more: budgets that need more are bound to it.
 */
export function chooseProfile(
  configuration: Configuration,
  targets: readonly TargetDefinition[],
  request: ProfileRequest,
  problems: Problem[],
): HardwarePlan | undefined {
  const own = targets.map((target) => target.profile);
  const { name, scale } = request;
  if (name === undefined) {
    const smallest = own.toSorted((a, b) => a.cpus - b.cpus || a.memoryGiB - b.memoryGiB)[0];
    return smallest === undefined ? undefined : { profile: smallest, scale, asked: false };
  }
  const known = new Map<string, HardwareProfile>([
    ...configuration.targets.map((target): [string, HardwareProfile] => [target.profile.name, target.profile]),
    ...Object.entries(configuration.profiles ?? {}),
  ]);
  const profile = known.get(name);
  if (profile !== undefined) return { profile, scale, asked: true };
  const names = [...known.keys()];
  problems.push({
    what: `there is no hardware profile named "${name}"`,
    where: "--profile",
    instead: `"${nearest(name, names)}"? There are: ${names.join(", ")}`,
  });
  return undefined;
}

/** @throws ProofloadError PL_PLAN with everything that keeps the profile from this machine; nothing was started. */
export function requireLayout({ profile, scale }: HardwarePlan, host: HostHardware): Layout {
  const result = layOut(profile, host, { scale });
  if (result.ok) return result.layout;
  throw new ProofloadError("PL_PLAN", `the hardware profile "${profile.name}" cannot be laid out on this machine`, {
    problems: result.problems,
  });
}
