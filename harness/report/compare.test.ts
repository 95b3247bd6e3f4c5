import { marked } from "marked";
import { describe, expect, it } from "vitest";
import { compareRuns } from "../verdict/compare.ts";
import { renderComparisonMarkdown } from "./compare-markdown.ts";
import { renderComparison } from "./compare-terminal.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { widthOf } from "./plain.ts";
import { doubled, sampleRun, sampleRunWithNames } from "./sample.ts";

const left = sampleRun("pass");
const comparison = compareRuns(left, doubled(left));

describe("a comparison in the terminal", () => {
  it.each([60, 100, 140])("fits %i columns, names every endpoint and says that it is no evidence", (columns) => {
    const text = renderComparison(comparison, { colour: false, columns });
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(columns);
    for (const name of ["auth.login", "projects.list", "memory.rank"]) expect(text).toContain(name);
    expect(text.replaceAll(/\s+/g, " ")).toContain("One run against one run is no evidence of a difference");
    expect(text).not.toMatch(/\bPASS:|regress/i);
  });

  it("shows left, right and ratio in a line", () => {
    expect(renderComparison(comparison, { colour: false, columns: 100 })).toMatch(/ p95 +\S+ ms +\S+ m?s +2\.00×/);
  });

  it("lists what is unlike when it was forced", () => {
    const { machine } = left.record.fingerprint;
    const fingerprint = { ...left.record.fingerprint, machine: { ...machine, kernel: "Linux 6.9" } };
    const forced = compareRuns(left, { ...left, record: { ...left.record, fingerprint } });
    for (const text of [renderComparison(forced, { colour: false, columns: 100 }), renderComparisonMarkdown(forced)]) {
      expect(text).toContain("forced");
      expect(text).toMatch(/machine\.kernel: Linux 6\.1\.0.*Linux 6\.9/);
    }
  });

  it("takes hostile names for text, on a terminal and in Markdown", () => {
    const hostile = sampleRunWithNames(HOSTILE_NAMES);
    const { machine } = hostile.record.fingerprint;
    const fingerprint = { ...hostile.record.fingerprint, machine: { ...machine, kernel: HOSTILE_NAMES[7] ?? "" } };
    const both = compareRuns(hostile, { ...hostile, record: { ...hostile.record, fingerprint } });
    expect(both.rows.length).toBeGreaterThan(HOSTILE_NAMES.length);
    expect(renderComparison(both, { colour: false, columns: 100 }).replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
    const found: string[] = [];
    marked.walkTokens(marked.lexer(renderComparisonMarkdown(both), { gfm: true }), ({ type }) => void found.push(type));
    expect(found.filter((type) => /^(html|link|image|code|codespan|blockquote|def)$/.test(type))).toEqual([]);
  });
});
