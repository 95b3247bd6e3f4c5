import type { RunDirectory } from "./collect/run-directory.ts";
import type { CapacityProof } from "./prove-capacity.ts";
import { renderCapacityHtml } from "./report/capacity/html.ts";
import { renderCapacityJson } from "./report/capacity/json.ts";
import { renderCapacityMarkdown } from "./report/capacity/markdown.ts";
import { buildReportAssets } from "./report-assets.ts";

/** Writes the record, the verdict, and what people and machines read into the folder of the search. */
export async function writeCapacityReports(
  directory: RunDirectory,
  { record, verdict }: Pick<CapacityProof, "record" | "verdict">,
): Promise<void> {
  const files = {
    "report.html": renderCapacityHtml(record, verdict, await buildReportAssets()),
    "report.md": renderCapacityMarkdown(record, verdict),
    "report.json": renderCapacityJson(record, verdict),
    "verdict.json": verdict,
    // Last: where it lies, the search has ended.
    "capacity.json": record,
  };
  for (const [name, content] of Object.entries(files)) await directory.write(name, content);
}
