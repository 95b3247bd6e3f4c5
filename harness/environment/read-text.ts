import { readFileSync } from "node:fs";

/** Text of a small file of /proc or /sys; undefined where there is none (another system, a process that has ended). */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
