import { ProofloadError } from "../errors.ts";
import { describeExit, type Exit, type Running } from "./child.ts";
import type { PartFailure, PartName } from "./environment.ts";
import { lastLines } from "./log-tail.ts";

export interface FailureWatch {
  /** From now on the end of this child is a failure, unless its `stop` was called. */
  watch(part: PartName, child: Running): void;
  /** For what no part's end tells. */
  report(failure: PartFailure): void;
  /** Called once, with the first failure; at once when there is one already. Returns the unsubscriber. */
  onFailure(listener: (failure: PartFailure) => void): () => void;
  /** A part that is started again is forgiven. */
  forget(part: PartName): void;
  /** Aborted with PL_PART_DIED when a part dies that is never started again (everything but the service). */
  readonly signal: AbortSignal;
}

export function createFailureWatch(): FailureWatch {
  const listeners = new Set<(failure: PartFailure) => void>();
  const lost = new AbortController();
  let first: PartFailure | undefined;

  function report(failure: PartFailure): void {
    if (failure.part !== "service") lost.abort(new PartDied(failure));
    // What dies next, dies of this.
    if (first !== undefined) return;
    first = failure;
    const told = [...listeners];
    listeners.clear();
    for (const listener of told) listener(failure);
  }

  return {
    watch(part, child) {
      child.exited.then((exit) => {
        if (!child.stopping) report(failureOf(part, exit, child.logFile));
      });
    },
    report,
    onFailure(listener) {
      const failure = first;
      if (failure === undefined) listeners.add(listener);
      else queueMicrotask(() => listener(failure));
      return () => listeners.delete(listener);
    },
    forget(part) {
      if (first?.part === part) first = undefined;
    },
    signal: lost.signal,
  };
}

export function failureOf(part: PartName, exit: Exit, logFile: string | undefined): PartFailure {
  return {
    part,
    how: describeExit(exit),
    ...(logFile === undefined ? {} : { logFile }),
    lastLines: lastLines(logFile),
    ...(exit.outOfMemory === undefined ? {} : { outOfMemory: true }),
  };
}

/** What died, how, and what it wrote last: also for who has to tell one death from another (out of memory is a verdict). */
export class PartDied extends ProofloadError {
  readonly failure: PartFailure;

  constructor(failure: PartFailure) {
    const lines = failure.lastLines.map((line) => `\n  | ${line}`).join("");
    const log = failure.logFile === undefined ? "" : ` (log: ${failure.logFile})`;
    super("PL_PART_DIED", `${failure.part} ${failure.how} while it was needed${log}${lines}`);
    this.failure = failure;
  }
}
