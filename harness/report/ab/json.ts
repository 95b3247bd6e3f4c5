import type { AbRecord } from "../../collect/ab-record.ts";
import type { AbVerdict } from "../../verdict/ab/ab-verdict.ts";

/** report.json of an A/B comparison: everything that was measured, and what was concluded. */
export interface AbReport {
  readonly schema: "proofload/ab-report/1";
  readonly record: AbRecord;
  readonly verdict: AbVerdict;
}

/** For machines. JSON has no infinity: `null` as an edge of an interval means that it has no end yet. */
export function renderAbJson(record: AbRecord, verdict: AbVerdict): string {
  const report: AbReport = { schema: "proofload/ab-report/1", record, verdict };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
