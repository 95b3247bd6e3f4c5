import { describe, expect, it } from "vitest";
import type { AbDesign } from "../../collect/ab-record.ts";
import type { AbVerdict } from "../../verdict/ab/ab-verdict.ts";
import { decideAb } from "../../verdict/ab/decide-ab.ts";
import { DEFAULT_AB_RULES } from "../../verdict/ab/rules.ts";
import { type SampleAb, sampleAb } from "../sample-ab.ts";
import { renderAbHtml } from "./html.ts";
import { renderAbJson } from "./json.ts";
import { renderAbJunit } from "./junit.ts";
import { renderAbMarkdown } from "./markdown.ts";
import { renderAbTerminal } from "./terminal.ts";

const assets = { style: "p { margin: 0 }", script: "void 0;", sha256Base64: () => "c2FtcGxl" };

function reports(options: SampleAb) {
  const record = sampleAb(options);
  const verdict = decideAb(record, { ...DEFAULT_AB_RULES, mostStarts: 10 });
  return {
    verdict,
    terminal: renderAbTerminal(record, verdict, { colour: false, columns: 110, directory: ".proofload/ab/x" }),
    markdown: renderAbMarkdown(record, verdict),
    html: renderAbHtml(record, verdict, assets),
    junit: renderAbJunit(record, verdict),
    json: renderAbJson(record, verdict),
  };
}

const failures = (junit: string) =>
  [...junit.matchAll(/<(failure|error|skipped)[^>]* type="([^"]+)"/g)].map(([, , type]) => type);

describe("reports of an A/B comparison", () => {
  it.each<[AbVerdict["kind"], SampleAb]>([
    ["REGRESSED", { starts: 8, slower: { write: 1.06 } }],
    ["IMPROVED", { starts: 10, slower: { write: 0.9 } }],
    ["EQUIVALENT", { starts: 10 }],
    ["INCONCLUSIVE", { starts: 10, noise: 0.03 }],
    ["INVALID", { starts: 10, unsound: [0, 1, 2, 3] }],
  ])("say %s in every form, with the sentence", (kind, options) => {
    const { verdict, terminal, markdown, html, junit, json } = reports(options);
    expect(verdict.kind).toBe(kind);
    expect(terminal.trimEnd().split("\n").slice(-2).join(" ")).toContain(kind);
    expect(markdown).toContain(`proofload ab: ${kind}`);
    expect(html).toContain(`</span> ${kind}</h1>`);
    expect(junit).toContain(`<property name="verdict" value="${kind}"/>`);
    expect(JSON.parse(json).verdict.kind).toBe(kind);
  });

  it("print what could have been detected, figure by figure", () => {
    const { terminal, markdown, html, verdict } = reports({ starts: 10 });
    const seen = verdict.figures[0]?.estimate?.detectable ?? Number.NaN;
    const said = `p50 of latency of class read from ${Number((seen * 100).toPrecision(2))} %`;
    for (const text of [terminal.replaceAll(/\n */g, " "), markdown, html]) expect(text).toContain(said);
    expect(reports({ starts: 3 }).terminal).toContain("Nothing could have been detected yet");
  });

  it("fail the build's test cases for what regressed and what is undecided, and skip all of an invalid one", () => {
    expect(failures(reports({ starts: 8, slower: { write: 1.06 }, noise: 0.004 }).junit)).toEqual(["regression"]);
    expect(failures(reports({ starts: 5 }).junit)).toEqual(Array(4).fill("inconclusive"));
    expect(failures(reports({ starts: 10 }).junit)).toEqual([]);
    expect(failures(reports({ starts: 3, failing: { base: 0, head: 0.1 } }).junit)).toContain("functional");
    const invalid = reports({ starts: 10, unsound: [0, 1, 2, 3] }).junit;
    expect(invalid).toContain('errors="1" skipped="4"');
    expect(failures(invalid)).toEqual(["INVALID"]);
  });

  it("say an answer that differs before every figure", () => {
    const difference = {
      endpoint: "cart.read",
      what: "status",
      sentence: "base answered 200, head 404",
      seen: 1,
      of: 9,
    };
    const { terminal, markdown, html } = reports({ starts: 10, differences: [difference] });
    for (const text of [terminal, markdown, html]) {
      expect(text.indexOf("base answered 200")).toBeGreaterThan(0);
      expect(text.indexOf("base answered 200")).toBeLessThan(
        text.search(/(read p50|p50 of latency of class read<|p50 of latency of class read \|)/),
      );
    }
  });

  it("do not call answers the same that nobody compared", () => {
    const record = sampleAb({ starts: 10 });
    const pageOf = (design: AbDesign) =>
      renderAbHtml({ ...record, design }, decideAb(record, DEFAULT_AB_RULES), assets).replaceAll(/<[^>]*>/g, " ");
    expect(pageOf("paired")).toMatch(/Answers +the same/);
    expect(pageOf("blocks")).toMatch(/Answers +not compared/);
  });

  it("let no hostile name through as markup, control character or new row", () => {
    const hostile = "</style><script>alert(1)</script>|\n\u001b[31m@everyone `x`";
    const { terminal, markdown, html, junit } = reports({ starts: 10, classes: [hostile] });
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain("alert(1)</script>");
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(terminal).not.toContain("\u001b");
    expect(markdown).not.toMatch(/<script|@everyone/);
    expect(junit).not.toContain("<script");
  });

  it("draw every start of a figure, and mark the one that was given no weight", () => {
    const record = sampleAb({ starts: 10 });
    const starts = record.starts.map((start) =>
      start.index !== 4 ? start : { ...start, figures: start.figures.map((one) => ({ ...one, head: one.head * 1.8 })) },
    );
    const slow = { ...record, starts };
    const html = renderAbHtml(slow, decideAb(slow, { ...DEFAULT_AB_RULES, mostStarts: 10 }), assets);
    expect(html.match(/<circle class="start/g)).toHaveLength(70);
    expect(html.match(/<circle class="start outlier"/g)).toHaveLength(7);
  });

  it("read a verdict back from its file, where an interval without an end is null", () => {
    const record = sampleAb({ starts: 4 });
    const stored = JSON.parse(JSON.stringify(decideAb(record, { ...DEFAULT_AB_RULES, mostStarts: 10 })));
    expect(renderAbTerminal(record, stored, { colour: false, columns: 110 })).toContain("no limits yet");
    expect(() => renderAbHtml(record, stored, assets)).not.toThrow();
  });
});
