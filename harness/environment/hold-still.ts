import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, signalGroup } from "./processes.ts";

/** A process stands still at once when it is told to, unless it is inside the kernel or waits for a core: how long that may take. */
const STILL_WITHIN_MS = 500;

/**
 * Holds still the processes that are due, with all that they start meanwhile, and returns them. What they hold can then
 * be looked at before a signal ends them: one goes to a whole group, and what a process takes after the look, or one
 * that was never looked at, would be left behind. Let go by SIGCONT, or by SIGKILL.
 * @param due Process ids, asked for again until there is no new one. Where it can list none (not Linux), nothing is held.
 */
export async function holdStill(due: () => readonly number[]): Promise<number[]> {
  const still: number[] = [];
  for (;;) {
    const free = due().filter((pid) => !still.includes(pid));
    if (free.length === 0) return still;
    for (const pid of free) signalGroup(pid, "SIGSTOP");
    for (let ms = 0; ms < STILL_WITHIN_MS && free.some(isRunning); ms += 1) await sleep(1);
    still.push(...free);
  }
}
