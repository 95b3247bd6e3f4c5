import type { Problem } from "../errors.ts";
import { coresOf } from "./core-sets.ts";
import { formatCpuset } from "./cpuset.ts";
import type { HardwareProfile, PartShare, ProfiledPart } from "./definition.ts";
import { figure, PROFILED_PARTS, type Shares, sharesOf } from "./part-shares.ts";
import { settingsOn } from "./server-settings.ts";

/** What one part may use on the machine of this run. */
export interface PartLimits {
  /** CPU time per second, in cores. */
  readonly cpus: number;
  /** Cores of this machine that it may run on: "0-1". */
  readonly cpuset: string;
  readonly memoryBytes: number;
}

/** A profile as it is laid out on a machine that can hold it. */
export interface Layout {
  /** Name of the profile. */
  readonly profile: string;
  /** 1: as declared; less: proportionally smaller (`--scale-profile`), and what is bound to hardware is not comparable. */
  readonly scale: number;
  readonly parts: Readonly<Record<ProfiledPart, PartLimits>>;
  /** True where parts share cores, because there are too few for one set each. */
  readonly sharesCores: boolean;
  readonly postgres: Readonly<Record<string, string>>;
  readonly redis: Readonly<Record<string, string>>;
}

/** What a run may use of the machine that it is on. */
export interface HostHardware {
  /** Ids of the cores. */
  readonly cpus: readonly number[];
  readonly memoryBytes: number;
}

export type LaidOut =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A machine that is sold with 16 GB shows up to a tenth less: firmware and kernel have it. */
export const MEMORY_SHOWN = 0.9;

const MIB = 1024 ** 2;
/** The kernel gives out CPU by the millisecond, 100 ms at a time: less than this would be mostly rounding. */
const LEAST_CPUS = 0.05;
/** With less, these do not start. What the service needs, only its owner knows: that it fits is found by running it. */
const LEAST_MEMORY_MIB: Readonly<Record<ProfiledPart, number>> = {
  generator: 64,
  service: 16,
  postgres: 64,
  redis: 16,
};

/**
 * Lays a profile out on a machine: how much CPU and memory each part gets, and which cores. Generator, service and
 * servers get cores of their own where there are enough; the two servers share theirs before anybody else does.
 * `scale` makes the profile as much smaller as the machine needs. All problems at once.
 */
export function layOut(profile: HardwareProfile, host: HostHardware, { scale }: { readonly scale: boolean }): LaidOut {
  const where = `profile "${profile.name}"`;
  const problems = sizeProblems(profile, where);
  if (problems.length > 0) return { ok: false, problems };

  const factor = scale ? fittingScale(profile, host) : 1;
  const shares = scaled(sharesOf(profile), factor);
  problems.push(...shareProblems(profile, shares, factor, where));
  if (factor === 1) problems.push(...hostProblems(profile, host, where));
  const cores = coresOf(shares, host.cpus, where, problems);
  const settings = (part: "postgres" | "redis", unit: "MB" | "mb") =>
    settingsOn(profile[part] ?? {}, shares[part].memoryMiB * MIB, { where: `${where}: ${part}`, unit }, problems);
  const postgres = settings("postgres", "MB");
  const redis = settings("redis", "mb");
  if (problems.length > 0) return { ok: false, problems };

  const limits = (part: ProfiledPart): PartLimits => ({
    cpus: shares[part].cpus,
    cpuset: formatCpuset(cores[part]),
    memoryBytes: Math.floor(shares[part].memoryMiB) * MIB,
  });
  return {
    ok: true,
    layout: {
      profile: profile.name,
      scale: factor,
      parts: {
        service: limits("service"),
        postgres: limits("postgres"),
        redis: limits("redis"),
        generator: limits("generator"),
      },
      sharesCores: overlap(Object.values(cores)),
      postgres,
      redis,
    },
  };
}

/** Numbers that nothing can be divided by: found first, because all the others follow from them. */
function sizeProblems(profile: HardwareProfile, where: string): Problem[] {
  const numbers: [string, number, string][] = [
    ["cpus", profile.cpus, "the cores of the machine, such as 2"],
    ["memoryGiB", profile.memoryGiB, "the memory of the machine in GiB, such as 4"],
    ...Object.entries(profile.parts ?? {}).flatMap(([part, share]): [string, number, string][] => [
      [`parts.${part}.cpus`, share.cpus, "cores, such as 0.5"],
      [`parts.${part}.memoryMiB`, share.memoryMiB, "MiB, such as 256"],
    ]),
  ];
  return numbers.flatMap(([field, value, instead]) =>
    Number.isFinite(value) && value > 0
      ? []
      : [{ what: `${value} is no amount`, where: `${where}: ${field}`, instead }],
  );
}

function fittingScale(profile: HardwareProfile, host: HostHardware): number {
  const memory = host.memoryBytes / (profile.memoryGiB * 1024 ** 3);
  return Math.min(1, host.cpus.length / profile.cpus, memory >= MEMORY_SHOWN ? 1 : memory);
}

/** Cores by name are those of the declared machine: on a smaller one they are chosen again. */
function scaled(shares: Shares, factor: number): Shares {
  const smaller = ({ cpus, memoryMiB }: PartShare): PartShare => ({
    cpus: cpus * factor,
    memoryMiB: memoryMiB * factor,
  });
  return factor === 1
    ? shares
    : {
        generator: smaller(shares.generator),
        service: smaller(shares.service),
        postgres: smaller(shares.postgres),
        redis: smaller(shares.redis),
      };
}

function shareProblems(profile: HardwareProfile, shares: Shares, factor: number, where: string): Problem[] {
  const problems: Problem[] = [];
  const total = (field: "cpus" | "memoryMiB") => PROFILED_PARTS.reduce((sum, part) => sum + shares[part][field], 0);
  const cpus = profile.cpus * factor;
  if (total("cpus") > cpus + 1e-9) {
    problems.push({
      what: `its parts want ${figure(total("cpus"))} cores together, and it has ${figure(cpus)}`,
      where: `${where}: parts`,
      instead: "smaller shares, or more cpus",
    });
  }
  const memoryMiB = profile.memoryGiB * 1024 * factor;
  if (total("memoryMiB") > memoryMiB + 1e-6) {
    problems.push({
      what: `its parts want ${figure(total("memoryMiB"))} MiB together, and it has ${figure(memoryMiB)}`,
      where: `${where}: parts`,
      instead: "smaller shares, or more memoryGiB",
    });
  }
  for (const part of PROFILED_PARTS) {
    const share = shares[part];
    const left = profile.parts?.[part] === undefined ? ", which is what the other parts leave" : "";
    if (share.cpus < LEAST_CPUS) {
      problems.push({
        what: `${part} would get ${figure(share.cpus)} cores${left}; less than ${LEAST_CPUS} cannot be enforced`,
        where: `${where}: parts.${part}.cpus`,
        instead: "a larger share, or a larger profile",
      });
    }
    if (share.memoryMiB < LEAST_MEMORY_MIB[part]) {
      problems.push({
        what: `${part} would get ${figure(share.memoryMiB)} MiB${left}; it needs ${LEAST_MEMORY_MIB[part]} at least`,
        where: `${where}: parts.${part}.memoryMiB`,
        instead: "a larger share, or a larger profile",
      });
    }
  }
  return problems;
}

function hostProblems(profile: HardwareProfile, host: HostHardware, where: string): Problem[] {
  const instead = "--scale-profile for a proportionally smaller one, or --profile with another";
  const problems: Problem[] = [];
  if (profile.cpus > host.cpus.length) {
    problems.push({
      what: `it has ${figure(profile.cpus)} CPUs, and this machine ${host.cpus.length}`,
      where: `${where}: cpus`,
      instead,
    });
  }
  const here = host.memoryBytes / MIB;
  if (profile.memoryGiB * 1024 * MEMORY_SHOWN > here) {
    problems.push({
      what: `it has ${figure(profile.memoryGiB)} GiB, and this machine ${figure(here / 1024)}`,
      where: `${where}: memoryGiB`,
      instead,
    });
  }
  return problems;
}

function overlap(sets: readonly (readonly number[])[]): boolean {
  const all = sets.flat();
  return new Set(all).size < all.length;
}
