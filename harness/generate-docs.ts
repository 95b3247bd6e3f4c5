import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordJsonSchema } from "./collect/record-schema.ts";
import { renderErrorsPage } from "./errors-page.ts";
import { coverage } from "./plan/coverage.ts";
import type { Configuration } from "./plan/definition.ts";
import { readConfiguration } from "./plan/read-configuration.ts";
import { schemaPages } from "./report/report-schema.ts";

export interface GeneratedPage {
  /** Relative to the root of the checkout. */
  readonly file: string;
  readonly text: string;
}

/** harness/ never imports targets/: like the command line, this looks the configuration up by its file name. */
async function projectConfiguration(): Promise<Configuration> {
  const file = join(import.meta.dirname, "..", "proofload.config.ts");
  const module: { default?: unknown } = await import(file);
  return readConfiguration(module.default, "proofload.config.ts");
}

/** Every page that is made from code, so that it cannot go stale: a test holds the files against this. */
export async function generatedPages(): Promise<readonly GeneratedPage[]> {
  return [
    { file: "docs/errors.md", text: renderErrorsPage() },
    { file: "docs/coverage.md", text: coverage(await projectConfiguration()) },
    { file: "docs/schema/record.schema.json", text: `${JSON.stringify(recordJsonSchema(), null, 2)}\n` },
    ...schemaPages(),
  ];
}

if (import.meta.main) {
  for (const { file, text } of await generatedPages()) {
    await writeFile(join(import.meta.dirname, "..", file), text);
  }
}
