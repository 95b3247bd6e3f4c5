import { mix } from "../lib/mix.ts";
import { plan } from "../lib/plan.ts";
import type { Session } from "../lib/session.ts";

type Operation = (me: Session) => unknown;

/**
 * One operation per iteration, in exactly the shares that the target gives in the stream's `calls` (two decimals).
 * The numbers stand in one place only: where the budgets stand.
 */
export function byCalls(stream: string, operations: Readonly<Record<string, Operation>>): Operation {
  const calls = Object.entries(plan.streams[stream]?.calls ?? {});
  return mix<unknown, Session>(
    calls.map(([name, share]) => {
      const run = operations[name];
      if (run === undefined)
        throw new Error(`stream "${stream}" calls "${name}", and the script has no such operation`);
      return { weight: Math.round(share * 100), run };
    }),
  );
}
