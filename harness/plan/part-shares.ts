import type { HardwareProfile, PartShare, ProfiledPart } from "./definition.ts";

/** In the order in which cores are given out. */
export const PROFILED_PARTS = ["generator", "service", "postgres", "redis"] as const satisfies readonly ProfiledPart[];

export type Shares = Readonly<Record<ProfiledPart, PartShare>>;

/** What is left is divided like this among the parts that declare nothing: half of the CPU to the service, … */
const CPU_WEIGHTS: Readonly<Record<ProfiledPart, number>> = { generator: 4, service: 8, postgres: 3, redis: 1 };
const MEMORY_WEIGHTS: Readonly<Record<ProfiledPart, number>> = { generator: 2, service: 2, postgres: 3, redis: 1 };

/**
 * The share of every part: as declared, or by weight of what the others leave. A whole core can be kept apart from the
 * other parts and a broken one cannot, so the generator and the two servers get whole ones where there is enough, and
 * the service the rest.
 */
export function sharesOf(profile: HardwareProfile): Shares {
  const declared = profile.parts ?? {};
  const open = PROFILED_PARTS.filter((part) => declared[part] === undefined);
  const used = (field: "cpus" | "memoryMiB") =>
    Object.values(declared).reduce((sum, share) => sum + (share?.[field] ?? 0), 0);
  const cpus = divideCpus(Math.max(0, profile.cpus - used("cpus")), open);
  const memory = Math.max(0, profile.memoryGiB * 1024 - used("memoryMiB"));
  const weight = open.reduce((sum, part) => sum + MEMORY_WEIGHTS[part], 0);
  const share = (part: ProfiledPart): PartShare =>
    declared[part] ?? {
      cpus: cpus[part] ?? 0,
      memoryMiB: Math.floor((memory * MEMORY_WEIGHTS[part]) / weight),
    };
  return {
    generator: share("generator"),
    service: share("service"),
    postgres: share("postgres"),
    redis: share("redis"),
  };
}

function divideCpus(cpus: number, open: readonly ProfiledPart[]): Readonly<Partial<Record<ProfiledPart, number>>> {
  const weightOf = (parts: readonly ProfiledPart[]) => parts.reduce((sum, part) => sum + CPU_WEIGHTS[part], 0);
  const unit = cpus / weightOf(open);
  const groups = (["generator", "servers"] as const).map((group) => {
    const parts = open.filter((part) =>
      group === "generator" ? part === group : part === "postgres" || part === "redis",
    );
    return { parts, cpus: wholeCores(unit * weightOf(parts)) };
  });
  const given = new Map(
    groups.flatMap((group) =>
      group.parts.map((part): [ProfiledPart, number] => [
        part,
        (group.cpus * CPU_WEIGHTS[part]) / weightOf(group.parts),
      ]),
    ),
  );
  const rest = cpus - [...given.values()].reduce((sum, value) => sum + value, 0);
  const [taker] = (["service", "generator", "postgres", "redis"] as const).filter((part) => open.includes(part));
  if (taker !== undefined) given.set(taker, (given.get(taker) ?? 0) + rest);
  return Object.fromEntries(given);
}

function wholeCores(cpus: number): number {
  return cpus >= 1 ? Math.floor(cpus) : cpus;
}

/** A share as a person writes it. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
