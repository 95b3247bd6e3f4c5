import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 20_000;
const PAUSE_MS = 500;

/**
 * The metrics of a service that has just been driven. One that works off what an overload left it with is late, not dead:
 * it is asked again for 20 s. @throws what the last try threw, or the signal's reason.
 */
export async function patientScrape(
  scrape: () => Promise<string | undefined>,
  signal: AbortSignal,
  { patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS } = {},
): Promise<string | undefined> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await scrape();
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() >= until) throw error;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
