import { join } from "node:path";
import type { AbRecord } from "./collect/ab-record.ts";
import type { RunDirectory } from "./collect/run-directory.ts";
import { renderAbHtml } from "./report/ab/html.ts";
import { renderAbJson } from "./report/ab/json.ts";
import { renderAbJunit } from "./report/ab/junit.ts";
import { renderAbMarkdown } from "./report/ab/markdown.ts";
import { buildReportAssets } from "./report-assets.ts";
import type { AbVerdict } from "./verdict/ab/ab-verdict.ts";

/** Writes the verdict, and what people and machines read of it, into the folder of the comparison; returns the files. */
export async function writeAbReports(
  directory: Pick<RunDirectory, "path" | "write">,
  { record, verdict }: { readonly record: AbRecord; readonly verdict: AbVerdict },
): Promise<readonly string[]> {
  const files: Readonly<Record<string, unknown>> = {
    "verdict.json": verdict,
    "report.html": renderAbHtml(record, verdict, await buildReportAssets()),
    "report.md": renderAbMarkdown(record, verdict),
    "report.json": renderAbJson(record, verdict),
    "junit.xml": renderAbJunit(record, verdict),
  };
  for (const [name, content] of Object.entries(files)) await directory.write(name, content);
  return Object.keys(files).map((name) => join(directory.path, name));
}
