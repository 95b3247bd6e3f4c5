import { join } from "node:path";
import type { AbRecord } from "./collect/ab-record.ts";
import type { RunDirectory } from "./collect/run-directory.ts";
import { type Explanation, explanationHtml, explanationMarkdown } from "./report/ab/explanation.ts";
import { renderAbHtml } from "./report/ab/html.ts";
import { renderAbJson } from "./report/ab/json.ts";
import { renderAbJunit } from "./report/ab/junit.ts";
import { renderAbMarkdown } from "./report/ab/markdown.ts";
import { buildReportAssets } from "./report-assets.ts";
import type { AbVerdict } from "./verdict/ab/ab-verdict.ts";

export interface AbResults {
  readonly record: AbRecord;
  readonly verdict: AbVerdict;
  /** Of a regression. */
  readonly explanation?: Explanation;
}

/** Writes the verdict, and what people and machines read of it, into the folder of the comparison; returns the files. */
export async function writeAbReports(
  directory: Pick<RunDirectory, "path" | "write">,
  { record, verdict, explanation }: AbResults,
): Promise<readonly string[]> {
  const more = explanation === undefined ? undefined : explanationHtml(explanation);
  const files: Readonly<Record<string, unknown>> = {
    "verdict.json": verdict,
    "report.html": renderAbHtml(record, verdict, await buildReportAssets(), more),
    "report.md": `${renderAbMarkdown(record, verdict)}${explanation === undefined ? "" : explanationMarkdown(explanation)}`,
    "report.json": renderAbJson(record, verdict),
    "junit.xml": renderAbJunit(record, verdict),
  };
  for (const [name, content] of Object.entries(files)) await directory.write(name, content);
  return Object.keys(files).map((name) => join(directory.path, name));
}
