import { sleep } from "k6";
import { jobDuration } from "./metrics.ts";

export interface JobWatch {
  /** Seconds between two looks; 0.25 unless given. */
  readonly every?: number;
  /** Give up after so many seconds. */
  readonly atMost: number;
  /** The service declares that its jobs run this many times faster than real ones; the duration is multiplied by it. */
  readonly timeCompression?: number;
}

/**
 * Waits for an asynchronous job that the endpoint `name` has just started and records its duration as `job_duration`.
 * `look` says "done", "failed" or "running". Returns how it ended; only jobs that were done are recorded.
 */
export function awaitJob(
  name: string,
  look: () => "done" | "failed" | "running",
  watch: JobWatch,
): "done" | "failed" | "late" {
  const start = Date.now();
  const every = watch.every ?? 0.25;
  for (;;) {
    const state = look();
    const elapsed = Date.now() - start;
    if (state === "done") jobDuration.add(elapsed * (watch.timeCompression ?? 1), { name });
    if (state !== "running") return state;
    if (elapsed / 1000 + every > watch.atMost) return "late";
    sleep(every);
  }
}
