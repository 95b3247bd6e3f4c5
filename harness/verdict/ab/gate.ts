import type { FigureKey } from "../../collect/ab-record.ts";

/** More figures that decide take away from each other's evidence: every one is looked at more strictly. */
const MOST_GATED = 6;

/**
 * The figures that decide unless the user names others: p50 of latency of each endpoint class, those with most requests
 * first, and CPU time per request of the service where it can be counted. Chosen before anything is measured.
 */
export function defaultGate(
  classes: readonly { readonly name: string; readonly requests: number }[],
  { cpu }: { readonly cpu: boolean },
): FigureKey[] {
  const busiest = classes
    .filter(({ requests }) => requests > 0)
    .toSorted((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_GATED - (cpu ? 1 : 0));
  return [
    ...busiest.map(
      ({ name }): FigureKey => ({ subject: { kind: "class", name }, metric: "latency", statistic: "p50" }),
    ),
    ...(cpu ? [{ subject: { kind: "service", name: "service" }, metric: "cpu_time", statistic: "mean" } as const] : []),
  ];
}
