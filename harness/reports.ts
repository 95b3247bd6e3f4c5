import { join } from "node:path";
import type { RunRecord } from "./collect/record.ts";
import type { RunDirectory } from "./collect/run-directory.ts";
import { couldDetect } from "./could-detect.ts";
import type { Plan } from "./plan/plan.ts";
import { renderHtml } from "./report/html.ts";
import { renderJson } from "./report/json.ts";
import { renderJunit } from "./report/junit.ts";
import { renderMarkdown } from "./report/markdown.ts";
import { buildReportAssets } from "./report-assets.ts";
import type { Verdict } from "./verdict/verdict.ts";

/** Writes what people and machines read into the run directory; returns the files. */
export async function writeReports(
  directory: RunDirectory,
  run: { readonly plan: Plan; readonly record: RunRecord; readonly verdict: Verdict },
): Promise<readonly string[]> {
  const { plan, record, verdict } = run;
  const detectable = await couldDetect(directory.path, { plan, record });
  const files: Readonly<Record<string, string>> = {
    "report.html": renderHtml(record, verdict, plan, await buildReportAssets(), detectable),
    "report.md": renderMarkdown(record, verdict, detectable),
    "report.json": renderJson(record, verdict),
    "junit.xml": renderJunit(record, verdict),
  };
  for (const [name, text] of Object.entries(files)) {
    await directory.write(name, text);
  }
  return Object.keys(files).map((name) => join(directory.path, name));
}
