import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { renderJson } from "./json.ts";
import { reportSchema, schemaPages, verdictSchema } from "./report-schema.ts";
import { type SampleKind, sampleRun, sampleRunWithNames } from "./sample.ts";

const KINDS: readonly SampleKind[] = ["pass", "fail", "invalid", "inconclusive", "saturated"];

describe("report.json", () => {
  it.each(KINDS)("of a run of kind %s is what its schema says, field by field", (kind) => {
    const { record, verdict } = sampleRun(kind);
    expect(reportSchema.safeParse(JSON.parse(renderJson(record, verdict))).error).toBeUndefined();
    expect(verdictSchema.safeParse(JSON.parse(JSON.stringify(verdict))).error).toBeUndefined();
  });

  it("holds every count, and nothing over time", () => {
    const { record, verdict } = sampleRun("pass");
    const report = JSON.parse(renderJson(record, verdict));
    expect(report.record.scenarios[0].endpoints[0].requests).toBe(record.scenarios[0]?.endpoints[0]?.requests);
    expect(JSON.stringify(report)).not.toMatch(/"(series|histogram|progress|resources)":/);
  });

  it("gives hostile names back as they were", () => {
    const { record, verdict } = sampleRunWithNames(HOSTILE_NAMES);
    const report = reportSchema.parse(JSON.parse(renderJson(record, verdict)));
    expect(report.record.scenarios[0]?.endpoints[0]?.endpoint).toBe(HOSTILE_NAMES[0]);
  });
});

describe("the published schemas", () => {
  it.each(schemaPages())("$file is what `npm run docs` writes", async ({ file, text }) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), "utf8").catch(() => "missing")).toBe(text);
  });
});
