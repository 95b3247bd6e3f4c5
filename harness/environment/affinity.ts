import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Host } from "../host.ts";
import { parseCpuset } from "../plan/cpuset.ts";
import type { Layout } from "../plan/profile.ts";
import { hostHardware } from "./host-hardware.ts";

const TASKSET = "taskset";

/** Can processes be kept to cores here? Linux, with util-linux's or BusyBox's taskset. */
export function canPin(env: Host["env"]): boolean {
  if (process.platform !== "linux") return false;
  return (env["PATH"] ?? "").split(":").some((folder) => folder !== "" && isExecutable(join(folder, TASKSET)));
}

/** The command on these cores alone: taskset replaces itself, so the process id and all threads are the command's. */
export function pinned(command: string, args: readonly string[], cpuset: string | undefined): [string, string[]] {
  return cpuset === undefined ? [command, [...args]] : [TASKSET, ["-c", cpuset, command, ...args]];
}

/** The cores of the generator, where it is to be kept to less than all. */
export function generatorCores(layout: Layout | undefined, env: Host["env"]): string | undefined {
  const cpuset = layout?.parts.generator.cpuset;
  return cpuset === undefined || coversAll(cpuset) || !canPin(env) ? undefined : cpuset;
}

export function coversAll(cpuset: string): boolean {
  const parsed = parseCpuset(cpuset);
  return parsed.ok && hostHardware().cpus.every((core) => parsed.value.includes(core));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
