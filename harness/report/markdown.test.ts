import { marked, type Token, type Tokens } from "marked";
import { describe, expect, it } from "vitest";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { renderMarkdown } from "./markdown.ts";
import { sampleRun, sampleRunWithNames, withFewChecks } from "./sample.ts";
import { budgetLabel } from "./view.ts";

const hostile = () => {
  const { record, verdict } = sampleRunWithNames(HOSTILE_NAMES);
  return renderMarkdown(record, verdict);
};

/** Every node of the document, at any depth. */
function nodes(markdown: string): Token[] {
  const found: Token[] = [];
  marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => void found.push(token));
  return found;
}

describe("the result in Markdown", () => {
  it("of a run that fails", () => {
    const { record, verdict } = withFewChecks(sampleRun("fail"));
    expect(renderMarkdown(record, verdict)).toMatchInlineSnapshot(`
      "### ❌ proofload: FAIL

      **Verdict** FAIL: load: p95 of projects.create is 642 ms, over its max of 500 ms (SOC-02) (and 1 more)

      - ❌ **load** FAIL: 12,201 requests in 1 min, 49 failed; canary p99 1.9 ms, start lag p99 1 ms, k6 CPU 11.5 %
      - ✅ **memories** PASS: 3,611 requests in 30 s, 0 failed; canary p99 1.9 ms, k6 CPU 11.5 %

      **Why**

      - ❌ load: p95 of projects.create is 642 ms, over its max of 500 ms (SOC-02)
      - ❌ load: error_rate of load is 0.402 %, over its max of 0.1 % (SOC-08)
      - ⚠️ load: p95 of auth.login is 108 ms, over its target of 100 ms (SOC-01)

      | | Scenario | Endpoint | Budget | Measured | Margin | Source |
      |:-:|:--|:--|:--|--:|--:|:--|
      | ❌ | load | projects.create | p95 &#60; 200 ms, max 500 ms | 642 ms | −28 % | SOC-02 |
      | ❌ | load | whole scenario | error_rate &#60; 0.1 % | 0.402 % | −302 % | SOC-08 |
      | ⚠️ | load | auth.login | p95 &#60; 100 ms, max 200 ms | 108 ms | +46 % | SOC-01 |
      | ➖ | memories | whole scenario | request_rate &#62; 15,000/s | 120/s | −99 % | MEM-06 |
      | ✅ | load | projects.list | p95 &#60; 200 ms, max 500 ms | 8.5 ms | +98 % | SOC-02 |
      | ✅ | load | projects.create | p99 &#60; 2 s | 870 ms | +56 % | SOC-08 |
      | ✅ | load | specs.read | p95 &#60; 200 ms, max 500 ms | 6.1 ms | +99 % | SOC-02 |
      | ✅ | load | llm.questions | p95 &#60; 5 s, max 10 s | 2.37 s | +76 % | SOC-03 |
      | ✅ | load | whole scenario | request_rate &#62; 190/s | 203/s | +7 % | SOC-08 |
      | ✅ | load | whole scenario | db_statements_per_request &#60; 4 | 2.31 | +42 % | SOC-09 |
      | ✅ | memories | memory.rank | p95 &#60; 100 ms | 13.2 ms | +87 % | MEM-01 |
      | ✅ | memories | memory.rank | error_rate &#60; 0.1 % | 0 % | +100 % | MEM-01 |
      | ✅ | memories | whole scenario | max of service_rss &#60; 512 MB | 203 MB | +60 % | MEM-04 |

      Promises not measured in this run: project-assistant 1 of 6, memory 1 of 3.

      Run 20260314-091502-quiet-otter of suite smoke at 2026-03-14T09:15:02.000Z, proofload 0.1.0, commit 7d0f3c1b2a9e with local changes.
      Measured on Sample CPU at 2.80 GHz, 2 cores, 8.00 GB, Linux 6.1.0, cgroup v2, node v24.21.0; 812 M steps/s, 9.87 GB/s, 41,500 round trips/s.
      "
    `);
  });

  it("has no node that a name brought in, read by a real Markdown parser", () => {
    const text = hostile();
    const kinds = new Set(nodes(text).map((token) => token.type));
    const expected = ["heading", "paragraph", "space", "list", "list_item", "table", "text", "strong"];
    expect([...kinds].filter((kind) => !expected.includes(kind))).toEqual([]);
    expect(text).not.toMatch(/<|https?:\/\/|www\.|@(?!\u200b)/);
  });

  it("keeps every name in its cell, and has never more than 200 rows", () => {
    const { record, verdict } = sampleRunWithNames([
      ...HOSTILE_NAMES,
      ...HOSTILE_NAMES,
      ...HOSTILE_NAMES,
      ...HOSTILE_NAMES,
    ]);
    const text = renderMarkdown(record, verdict);
    const table = nodes(text).find((token): token is Tokens.Table => token.type === "table" && "rows" in token);
    expect(table?.rows).toHaveLength(200);
    // A name that broke out of its cell would push the budget into another column.
    const budgets = new Set(
      verdict.scenarios.flatMap((scenario) => scenario.budgets.map(({ budget }) => budgetLabel(budget))),
    );
    const shown =
      table?.rows.map((row) => row[3]?.text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))) ?? [];
    expect(shown.filter((label) => !budgets.has(label ?? ""))).toEqual([]);
    expect(text).toContain("more budgets are in the report");
    expect(text.length).toBeLessThan(65_536);
  });

  it("looks as the name does", () => {
    const { record, verdict } = sampleRunWithNames(["a_b|c <i> `x` [y](z) & *w*"]);
    const page = marked.parse(renderMarkdown(record, verdict), { async: false });
    expect(page).toContain("<strong>a_b|c &lt;i&gt; `x` [y](z) &amp; *w*</strong>");
  });
});
