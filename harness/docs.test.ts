import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { generatedPages } from "./generate-docs.ts";

describe("generated pages", async () => {
  it.each(await generatedPages())("$file is what `npm run docs` writes", async ({ file, text }) => {
    expect(await readFile(new URL(`../${file}`, import.meta.url), "utf8").catch(() => "missing")).toBe(text);
  });
});
