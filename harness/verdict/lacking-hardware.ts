import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import type { HardwareProfile } from "../plan/definition.ts";
import { sharesOf } from "../plan/part-shares.ts";
import { type Layout, MEMORY_SHOWN } from "../plan/profile.ts";

/** What something was measured on: the machine, and the profile that was laid out on it, if any. */
export interface Ground {
  readonly machine: MachineFacts;
  readonly layout?: Layout | undefined;
}

const GIB = 1024 ** 3;
const SERVING = ["service", "postgres", "redis"] as const;

/**
 * The sentence why a figure that was declared for some hardware says nothing here; undefined where it does. Where a
 * profile was laid out, that is what counts and not the machine around it.
 */
export function lackingHardware(
  declared: HardwareProfile | undefined,
  { machine, layout }: Ground,
): string | undefined {
  if (declared === undefined) return undefined;
  const name = `declared for ${declared.name} (${declared.cpus} CPUs, ${declared.memoryGiB} GiB)`;
  if (layout === undefined) {
    const here = `${machine.cpus} CPUs, ${Math.round(machine.memoryBytes / GIB)} GiB`;
    return holds(machine, declared) ? undefined : `${name}, measured on ${here}`;
  }
  if (layout.scale < 1) {
    return `${name}, measured on the profile ${layout.profile} scaled to ${Math.round(layout.scale * 100)} %`;
  }
  const parts = Object.values(layout.parts);
  const total = {
    cpus: parts.reduce((sum, part) => sum + part.cpus, 0),
    memoryBytes: parts.reduce((sum, part) => sum + part.memoryBytes, 0),
  };
  const less = declared.parts === undefined ? undefined : smallerPart(declared, layout);
  if (less !== undefined) return `${name}, and on the profile ${layout.profile} ${less}`;
  const here = `${figure(total.cpus)} CPUs, ${figure(total.memoryBytes / GIB)} GiB`;
  return declared.parts !== undefined || holds(total, declared)
    ? undefined
    : `${name}, measured on the profile ${layout.profile} (${here})`;
}

function holds(has: { cpus: number; memoryBytes: number }, declared: HardwareProfile): boolean {
  return has.cpus >= declared.cpus - 1e-6 && has.memoryBytes >= declared.memoryGiB * MEMORY_SHOWN * GIB;
}

function smallerPart(declared: HardwareProfile, layout: Layout): string | undefined {
  const wanted = sharesOf(declared);
  const part = SERVING.find(
    (each) =>
      layout.parts[each].cpus < wanted[each].cpus - 1e-6 ||
      layout.parts[each].memoryBytes < wanted[each].memoryMiB * MEMORY_SHOWN * 1024 ** 2,
  );
  if (part === undefined) return undefined;
  const has = layout.parts[part];
  const want = wanted[part];
  return `${part} has ${figure(has.cpus)} CPUs and ${figure(has.memoryBytes / 1024 ** 2)} MiB instead of ${figure(want.cpus)} and ${figure(want.memoryMiB)}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
