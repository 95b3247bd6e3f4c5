import type { Host } from "../../../harness/host.ts";
import { nodeHost } from "../../../harness/node-host.ts";
import type { Bench } from "./part.ts";

const MOST_IN_A_ROW = 3;

/** To try a part beside other runs; never to measure. */
export const SHARE_HOST = process.env["PROOFLOAD_SHARE_HOST"] === "1";

/**
 * Runs of a bench that nobody watches: one that throws says nothing about what is to be shown, and is noted and left out.
 * Three in a row say that this machine cannot do it, and the last of them is thrown. A run that takes longer than it may is
 * stopped, with all that it started.
 */
export function attempts({ note, signal }: Bench, longestSeconds: number) {
  const host = nodeHost();
  let inARow = 0;
  return async <Result>(what: string, run: (host: Host) => Promise<Result>): Promise<Result | undefined> => {
    const late = AbortSignal.timeout(longestSeconds * 1000);
    try {
      const result = await run({ ...host, interrupted: AbortSignal.any([signal, late]) });
      inARow = 0;
      return result;
    } catch (error) {
      if (signal.aborted) return undefined;
      inARow += 1;
      const why = late.aborted ? `it took longer than ${longestSeconds} s` : error;
      note(`${what}: no result (${inARow} of ${MOST_IN_A_ROW} in a row): ${why}`);
      if (inARow === MOST_IN_A_ROW) throw error;
      return undefined;
    }
  };
}
