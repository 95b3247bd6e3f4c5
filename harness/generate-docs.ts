import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderErrorsPage } from "./errors-page.ts";

export interface GeneratedPage {
  /** Relative to the root of the checkout. */
  readonly file: string;
  readonly text: string;
}

/** Every page that is made from code, so that it cannot go stale: a test holds the files against this. */
export async function generatedPages(): Promise<readonly GeneratedPage[]> {
  return [{ file: "docs/errors.md", text: renderErrorsPage() }];
}

if (import.meta.main) {
  for (const { file, text } of await generatedPages()) {
    await writeFile(join(import.meta.dirname, "..", file), text);
  }
}
