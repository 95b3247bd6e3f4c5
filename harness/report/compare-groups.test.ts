import { marked } from "marked";
import { describe, expect, it } from "vitest";
import { compareGroups, type GroupComparison } from "../verdict/compare-groups.ts";
import { renderGroupsMarkdown } from "./compare-groups-markdown.ts";
import { renderGroups } from "./compare-groups-terminal.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { widthOf } from "./plain.ts";
import { doubled, type SampleRun, sampleRun } from "./sample.ts";

const named = (run: SampleRun, names: readonly string[]) =>
  names.map((runId) => ({ ...run, record: { ...run.record, runId } }));
const left = { name: "v1", runs: named(sampleRun("pass"), ["a", "b", "c", "d", "e", "f"]) };
const slower = compareGroups(left, {
  name: "v2",
  runs: named(doubled(sampleRun("pass")), ["g", "h", "i", "j", "k", "l"]),
});

describe("a comparison of two groups", () => {
  it.each([60, 100, 140])("fits %i columns and ends with the verdict", (columns) => {
    const text = renderGroups(slower, { colour: false, columns });
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(columns);
    expect(text.trimEnd().split("\n").at(-1)).toMatch(/✗ slower in \d+ of \d+ figures$/);
    expect(text).toContain("v1: 6 runs, commit 7d0f3c1b2a");
  });

  it("shows ratio and interval of every figure, and says where the machine may be the cause", () => {
    const text = renderGroups(slower, { colour: false, columns: 140 });
    expect(text).toMatch(/ p95 +\S+ ms +\S+ m?s +2\.00× \(2\.00–2\.00\) +any +✗ slower/);
    expect(text.replaceAll(/\s+/g, " ")).toContain("measures both at once");
  });

  it("takes hostile names for text, on a terminal and in Markdown", () => {
    const [row] = slower.rows;
    if (row === undefined) throw new TypeError("the comparison has no row");
    const [name = ""] = HOSTILE_NAMES;
    const both: GroupComparison = {
      ...slower,
      left: { name, runs: HOSTILE_NAMES, commits: HOSTILE_NAMES },
      differences: HOSTILE_NAMES.map((field) => ({ field, left: field, right: field })),
      rows: HOSTILE_NAMES.map((part) => ({ ...row, part, subject: { kind: "endpoint", name: part } })),
    };
    expect(renderGroups(both, { colour: false, columns: 100 }).replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
    const found: string[] = [];
    marked.walkTokens(marked.lexer(renderGroupsMarkdown(both), { gfm: true }), ({ type }) => void found.push(type));
    expect(found.filter((type) => /^(html|link|image|code|codespan|blockquote|def)$/.test(type))).toEqual([]);
  });
});
