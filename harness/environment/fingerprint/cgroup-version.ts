import type { ReadText } from "./cpu.ts";

/**
 * Which version of the control groups limits CPU here. Where both are mounted ("hybrid"), it is version 1 that has the
 * CPU controller.
 */
export function cgroupVersion(read: ReadText): string {
  const mounts = read("/proc/self/mountinfo");
  if (mounts === undefined) return "unknown";
  const types = mounts.split("\n").map((line) => line.split(" - ")[1]?.split(" ") ?? []);
  if (types.some(([type, , options]) => type === "cgroup" && options?.split(",").includes("cpu"))) return "v1";
  return types.some(([type]) => type === "cgroup2") ? "v2" : "none";
}
