import type { AbRecord, AbStart } from "../../collect/ab-record.ts";
import { processChecks } from "../judge-micro.ts";
import { generatorChecks } from "../validity.ts";
import type { ValidityCheck } from "../verdict.ts";
import type { AbRules, UnsoundStart } from "./ab-verdict.ts";

export interface SortedStarts {
  readonly sound: readonly AbStart[];
  readonly unsound: readonly UnsoundStart[];
}

/**
 * Starts that are evidence, and those that are none. It is the instrument alone that decides, which serves both sides
 * at once and knows nothing of their figures: leaving a start out cannot favour a side.
 */
export function sortStarts(record: AbRecord): SortedStarts {
  // Where a side is somebody else's process, what it uses cannot be told from what strangers use.
  const kind = record.sides.base.kind === "url" || record.sides.head.kind === "url" ? "url" : "embedded";
  const judged = record.starts.map((start) => ({ start, failed: failedChecks(start, kind) }));
  return {
    sound: judged.filter(({ failed }) => failed.length === 0).map(({ start }) => start),
    unsound: judged
      .filter(({ failed }) => failed.length > 0)
      .map(({ start, failed }) => ({ index: start.index, checks: failed })),
  };
}

/** More unsound starts than this make the comparison INVALID: a third of those that were planned, and two at least. */
export function unsoundLimit({ mostStarts }: AbRules): number {
  return Math.max(2, Math.floor(mostStarts / 3));
}

function failedChecks({ instrument, processes }: AbStart, kind: "url" | "embedded"): string[] {
  if (processes !== undefined) return notOk(processChecks([...processes.base, ...processes.head]));
  if (instrument === undefined) return ["instrument"];
  const failed = notOk(generatorChecks({ environment: { kind }, instrument }));
  return instrument.overflowSeries > 0 ? [...failed, "overflow series"] : failed;
}

function notOk(judged: readonly { readonly check: ValidityCheck }[]): string[] {
  return judged.filter(({ check }) => !check.ok).map(({ check }) => check.name);
}
