/** What every container, network, volume and image build of a run carries; who cleans up goes by nothing else. */
export function runLabels(runId: string, now: number): Record<string, string> {
  const expires = Math.ceil(now / 1000) + 24 * 3600;
  return { "proofload.run": runId, "proofload.expires": String(expires) };
}
