import { parseCpuset } from "../plan/cpuset.ts";
import type { HostHardware } from "../plan/profile.ts";
import { machineFacts } from "./fingerprint/machine.ts";

/** Cores (by id where the system tells) and memory that this process, and so a run, may use. */
export function hostHardware(): HostHardware {
  const { cores, cpus, memoryBytes } = machineFacts();
  const named = parseCpuset(cores);
  return { cpus: named.ok ? named.value : Array.from({ length: cpus }, (_, core) => core), memoryBytes };
}
