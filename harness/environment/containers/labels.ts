/** Names the run that a container, network or volume belongs to; the guardian goes by it alone. */
export const RUN_LABEL = "proofload.run";
/** Seconds since the epoch: from then on nobody needs it any more, unless its run still lives. */
export const EXPIRY_LABEL = "proofload.expires";

const DAY_SECONDS = 24 * 3600;

/**
 * What every container, network and volume of a run carries, with `now` in milliseconds since the epoch. The session
 * is what Testcontainers' reaper goes by: the run's own, because its client gives all runs of a machine the same one.
 */
export function runLabels(runId: string, now: number): Readonly<Record<string, string>> {
  return {
    [RUN_LABEL]: runId,
    [EXPIRY_LABEL]: String(Math.ceil(now / 1000) + DAY_SECONDS),
    "org.testcontainers.session-id": runId,
  };
}
