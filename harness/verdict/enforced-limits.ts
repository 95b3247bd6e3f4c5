import type { ScenarioRecord } from "../collect/record.ts";
import type { EnvironmentFacts, LimitProof } from "../environment/environment.ts";
import { parseCpuset } from "../plan/cpuset.ts";
import { LIMITS } from "./limits.ts";
import type { Judged } from "./verdict.ts";

/**
 * Were the declared limits real? Judged from what was tried before load. A part that got less than its quota without
 * being throttled says nothing against the quota: the machine was busy.
 */
export function limitChecks({ environment }: ScenarioRecord): Judged[] {
  return (environment.proofs ?? []).flatMap((proof) => [
    ...cpuCheck(proof, environment),
    ...memoryCheck(proof, environment),
  ]);
}

const NOT_ENFORCED = "limits not enforced";

function cpuCheck({ part, cpu }: LimitProof, { layout }: EnvironmentFacts): Judged[] {
  if (cpu === undefined) return [];
  const { quota, used, throttledPeriods, cores } = cpu;
  const most = quota * (1 + LIMITS.quotaTolerance);
  const declared = layout?.parts[part];
  const check = (ok: boolean) => ({
    name: `CPU of ${part}`,
    value: used,
    limit: most,
    unit: "cores" as const,
    ok,
    meaning: `cores that ${part} used before load while it burnt as much as it could, of ${quota} that it may use`,
  });
  const remedy = "Look at the engine's own limits with `docker inspect` and `proofload doctor`.";
  if (declared !== undefined && (declared.cpus !== quota || (cores !== undefined && cores !== declared.cpuset))) {
    const found = `${quota} CPUs on the cores ${cores ?? "?"}`;
    const sentence = `${part} was declared with ${declared.cpus} CPUs on the cores ${declared.cpuset}, and ran with ${found}`;
    return [{ check: check(false), reason: { code: NOT_ENFORCED, sentence, remedy } }];
  }
  if (used > most) {
    const sentence = `${part} used ${two(used)} cores before load, and its quota is ${two(quota)}`;
    return [{ check: check(false), reason: { code: NOT_ENFORCED, sentence, remedy } }];
  }
  // A quota as large as the set of cores is kept by the set: there is nothing to throttle.
  const bySet = declared !== undefined && sizeOf(declared.cpuset) <= quota;
  if (throttledPeriods > 0 || bySet) return [{ check: check(true), reason: { code: NOT_ENFORCED, sentence: "" } }];
  return [
    {
      check: check(false),
      reason: {
        code: "noisy host",
        sentence: `${part} could use only ${two(used)} of its ${two(quota)} cores before load, though nothing held it back: the machine was busy`,
        remedy: "Stop the other programs, and run again.",
      },
    },
  ];
}

function memoryCheck({ part, memory }: LimitProof, { layout }: EnvironmentFacts): Judged[] {
  if (memory === undefined) return [];
  const declared = layout?.parts[part].memoryBytes ?? memory.limitBytes;
  const ok = memory.refused && memory.limitBytes === declared;
  const sentence = memory.refused
    ? `${part} was declared with ${mebibytes(declared)} of memory, and its group has a limit of ${mebibytes(memory.limitBytes)}`
    : "a container could allocate more memory than its limit";
  return [
    {
      check: {
        name: `memory limit of ${part}`,
        value: ok ? 0 : 1,
        limit: 0,
        unit: "count",
        ok,
        meaning: `whether the kernel's own limit for ${part} is ${mebibytes(declared)}, and memory past such a limit is refused`,
      },
      reason: {
        code: NOT_ENFORCED,
        sentence,
        remedy: "The kernel must count memory for containers: `docker info` warns where it does not.",
      },
    },
  ];
}

function sizeOf(cpuset: string): number {
  const parsed = parseCpuset(cpuset);
  return parsed.ok ? parsed.value.length : Number.POSITIVE_INFINITY;
}

function two(value: number): string {
  return String(Number(value.toFixed(2)));
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
