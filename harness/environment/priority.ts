import { readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

export type Role = "instrument" | "measured";

/** Ten steps are a factor of ten in the weight that the scheduler gives. */
const STEPS = 10;
const CAP_SYS_NICE = 23n;

/**
 * Puts the instrument before what is measured. Raising needs a privilege; where there is none, what is measured is
 * lowered instead, which also puts it behind every stranger on the machine. Call it before the process makes threads.
 */
export function prioritise(pid: number, role: Role): void {
  if (mayRaise()) {
    if (role === "instrument") setNice(pid, -STEPS);
  } else if (role === "measured") {
    setNice(pid, STEPS);
  }
}

/** −20 (first) to 19 (last). No error where it may not be done. */
export function setNice(pid: number, nice: number): void {
  try {
    setPriority(pid, nice);
    // Where the kernel groups sessions, only the group's own value counts between them.
    if (process.platform === "linux") writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // ended already, or a kernel without groups: the instrument's own checks tell whether it got its cores
  }
}

let raisable: boolean | undefined;

function mayRaise(): boolean {
  raisable ??= process.platform === "linux" ? hasCapability(CAP_SYS_NICE) : process.getuid?.() === 0;
  return raisable;
}

function hasCapability(bit: bigint): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
  } catch {
    return false;
  }
}
