import type { CapacityRecord } from "../../collect/capacity-record.ts";
import type { CapacityVerdict } from "../../verdict/capacity/judge-capacity.ts";

/** For machines. JSON has no infinity: `null` as the edge of a figure means "beyond every bound". */
export function renderCapacityJson(record: CapacityRecord, verdict: CapacityVerdict): string {
  return `${JSON.stringify({ schema: "proofload/capacity-report/1", record, verdict }, undefined, 2)}\n`;
}
