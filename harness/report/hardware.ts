import type { ScenarioRecord } from "../collect/record.ts";
import type { EnvironmentFacts, LimitProof } from "../environment/environment.ts";
import type { ProfiledPart } from "../plan/definition.ts";
import type { PartLimits } from "../plan/profile.ts";
import { formatValue } from "./format.ts";

const PARTS: readonly ProfiledPart[] = ["service", "postgres", "redis", "generator"];

/** A line for each part of the profile as it was laid out: what it may use, and what was found when that was tried. */
export function layoutLines({ kind, layout, parts, proofs }: EnvironmentFacts): string[] {
  if (layout === undefined) return [];
  const there = new Set<ProfiledPart>([...parts.map((part) => part.name), "generator"]);
  return PARTS.filter((part) => there.has(part)).map((part) => {
    const found = proofs?.find((proof) => proof.part === part);
    const tried = found === undefined ? "" : `: ${proofText(found)}`;
    // The generator has cores and no quota: one that is held back says nothing.
    const share =
      part === "generator" || kind === "embedded" ? coresText(layout.parts[part]) : shareText(layout.parts[part]);
    const settings = part === "postgres" || part === "redis" ? settingsText(layout[part]) : "";
    return `${part}: ${share}${tried}${settings}`;
  });
}

/** One line for the terminal; undefined where no profile was laid out. */
export function hardwareLine({ environment }: ScenarioRecord): string | undefined {
  const { layout, kind } = environment;
  if (layout === undefined) return undefined;
  const scaled = layout.scale < 1 ? ` scaled to ${Math.round(layout.scale * 100)} %` : "";
  const service = kind === "containers" ? shareText(layout.parts.service) : coresText(layout.parts.service);
  return `profile ${layout.profile}${scaled}: service ${service}`;
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return pairs.length === 0 ? "" : ` (${pairs.join(", ")})`;
}

function shareText(limits: PartLimits): string {
  return `${figure(limits.cpus)} CPUs ${coresText(limits)}, ${formatValue(limits.memoryBytes, "bytes")}`;
}

function coresText({ cpuset }: PartLimits): string {
  return `on ${/^\d+$/.test(cpuset) ? "core" : "cores"} ${cpuset}`;
}

function proofText({ cpu, memory, notTried }: LimitProof): string {
  return [
    ...(cpu === undefined
      ? []
      : [`used ${figure(cpu.used)} before load, throttled in ${cpu.throttledPeriods} of ${cpu.periods} periods`]),
    ...(memory === undefined
      ? []
      : [memory.refused ? "memory past its limit is refused" : "memory past its limit was given"]),
    ...(notTried === undefined ? [] : [notTried]),
  ].join("; ");
}

function figure(value: number): string {
  return String(Number(value.toFixed(2)));
}
