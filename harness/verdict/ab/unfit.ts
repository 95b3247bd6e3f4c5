import type { AbRecord, AbStart } from "../../collect/ab-record.ts";
import { failedProcesses } from "../judge-micro.ts";
import { serviceChecks } from "../validity.ts";
import type { Reason } from "../verdict.ts";

/**
 * What makes the whole comparison INVALID, in whichever start it was seen: a service that is debugged or profiled says
 * nothing of the one in production, and a benchmark that breaks on one side cannot be called equal in the other starts.
 */
export function unfitReasons({ starts }: Pick<AbRecord, "starts">): Reason[] {
  return [...modeReasons(starts), ...processReasons(starts, "base"), ...processReasons(starts, "head")];
}

function modeReasons(starts: readonly AbStart[]): Reason[] {
  const serviceMode = [...new Set(starts.flatMap(({ instrument }) => instrument?.serviceMode ?? []))];
  return serviceChecks({ instrument: { serviceMode } }).map(({ reason }) => ({ kind: "INVALID", ...reason }));
}

function processReasons(starts: readonly AbStart[], side: "base" | "head"): Reason[] {
  const ofSide = starts.flatMap(({ processes }) => processes?.[side] ?? []);
  // How much CPU others took says nothing of the service: that start is no evidence, and the next one may be.
  const { check, reason } = failedProcesses(ofSide);
  if (check.ok) return [];
  return [{ kind: "INVALID", ...reason, sentence: `a benchmark process of ${side} ${reason.sentence}` }];
}
