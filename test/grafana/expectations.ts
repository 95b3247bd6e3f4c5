/**
 * What every query of every panel has to answer, from the run's own files. A query without an entry fails the test, and
 * so does an entry without a query.
 */
import { LIVE } from "./expect-live.ts";
import { COMPARISON, TRENDS } from "./expect-runs.ts";
import { MICRO, SYSTEM } from "./expect-system-and-micro.ts";
import type { Expectation, Expectations } from "./figures.ts";

export function expectationsOf(uid: string): ReadonlyMap<string, readonly Expectation[]> {
  const all: Readonly<Record<string, Expectations>> = {
    "proofload-live": LIVE,
    "proofload-comparison": COMPARISON,
    "proofload-trends": TRENDS,
    "proofload-system": SYSTEM,
    "proofload-micro": MICRO,
  };
  return new Map(Object.entries(all[uid] ?? {}).map(([name, one]) => [`${uid} / ${name}`, [one].flat()]));
}
