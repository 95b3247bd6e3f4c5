import type { Problem } from "../errors.ts";
import { formatCpuset, parseCpuset } from "./cpuset.ts";
import type { ProfiledPart } from "./definition.ts";
import { figure, PROFILED_PARTS, type Shares } from "./part-shares.ts";

export type Cores = Readonly<Record<ProfiledPart, readonly number[]>>;

/** Which cores of `all` each part may run on: declared sets as they are, and the others chosen. */
export function coresOf(shares: Shares, all: readonly number[], where: string, problems: Problem[]): Cores {
  const declared = declaredSets(shares, all, where, problems);
  const chosen = chooseCores(shares, declared, all);
  const crowded = problems.length === 0 ? crowdedParts(shares, chosen) : undefined;
  if (crowded !== undefined) {
    problems.push({
      what: `${crowded.parts.join(" and ")} want ${figure(crowded.cpus)} cores together on the set "${formatCpuset(crowded.cores)}"`,
      where: `${where}: parts`,
      instead: "sets that hold what the parts want, or leave them out: cores are chosen then",
    });
  }
  return chosen;
}

type Sets = ReadonlyMap<ProfiledPart, readonly number[]>;

function declaredSets(shares: Shares, all: readonly number[], where: string, problems: Problem[]): Sets {
  const declared = new Map<ProfiledPart, readonly number[]>();
  for (const part of PROFILED_PARTS) {
    const { cpuset, cpus } = shares[part];
    if (cpuset === undefined) continue;
    const parsed = parseCpuset(cpuset);
    const problem = (what: string, instead: string) =>
      problems.push({ what, where: `${where}: parts.${part}.cpuset`, instead });
    const missing = parsed.ok ? parsed.value.filter((core) => !all.includes(core)) : [];
    if (!parsed.ok) {
      problem(parsed.what, parsed.instead);
    } else if (missing.length > 0) {
      const instead = `cores of "${formatCpuset(all)}", or leave it out: cores are chosen then`;
      problem(`a run may not use core ${formatCpuset(missing)} of this machine`, instead);
    } else if (parsed.value.length < cpus) {
      problem(`${figure(cpus)} cores of CPU time do not fit on the set "${cpuset}"`, "a larger set, or fewer cpus");
    } else {
      declared.set(part, parsed.value);
    }
  }
  return declared;
}

/** Who keeps to themselves, best first. */
const ARRANGEMENTS: readonly (readonly (readonly ProfiledPart[])[])[] = [
  [["generator"], ["service"], ["postgres"], ["redis"]],
  [["generator"], ["service"], ["postgres", "redis"]],
  [["generator"], ["service", "postgres", "redis"]],
];

function chooseCores(shares: Shares, declared: Sets, all: readonly number[]): Cores {
  const own = ARRANGEMENTS.map((groups) => arranged(groups, shares, declared, all));
  // Where cores must be shared, the generator's are the last ones.
  const apart = all.filter((core) => declared.get("generator")?.includes(core) !== true);
  const shared = [apart, all].map((set) => coresWhere((part) => declared.get(part) ?? set));
  const possible = [...own, ...shared].filter((cores) => cores !== undefined);
  return (
    possible.find((cores) => crowdedParts(shares, cores) === undefined) ??
    coresWhere((part) => declared.get(part) ?? all)
  );
}

/** Cores for each group from what no declared set has taken; undefined where they do not suffice. */
function arranged(
  groups: readonly (readonly ProfiledPart[])[],
  shares: Shares,
  declared: Sets,
  all: readonly number[],
): Cores | undefined {
  const taken = new Set([...declared.values()].flat());
  const free = all.filter((core) => !taken.has(core));
  const given = new Map(declared);
  let next = 0;
  for (const group of groups) {
    const open = group.filter((part) => !declared.has(part));
    const wanted = Math.ceil(open.reduce((sum, part) => sum + shares[part].cpus, 0) - ROUNDING);
    for (const part of open) given.set(part, free.slice(next, next + wanted));
    next += wanted;
  }
  return next > free.length ? undefined : coresWhere((part) => given.get(part) ?? []);
}

function coresWhere(of: (part: ProfiledPart) => readonly number[]): Cores {
  return { generator: of("generator"), service: of("service"), postgres: of("postgres"), redis: of("redis") };
}

const ROUNDING = 1e-9;

/** Parts that cannot all have what they want on the cores that they may use: Hall's condition over every group of parts. */
function crowdedParts(shares: Shares, cores: Cores) {
  for (let bits = 1; bits < 1 << PROFILED_PARTS.length; bits += 1) {
    const parts = PROFILED_PARTS.filter((_, index) => (bits & (1 << index)) !== 0);
    const cpus = parts.reduce((sum, part) => sum + shares[part].cpus, 0);
    const set = [...new Set(parts.flatMap((part) => cores[part]))].sort((a, b) => a - b);
    if (cpus > set.length + ROUNDING) return { parts, cpus, cores: set };
  }
  return undefined;
}
