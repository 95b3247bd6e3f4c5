import { describe, expect, it } from "vitest";
import { couldDetectSentences } from "./could-detect.ts";
import { renderHtml } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";
import { sampleRun } from "./sample.ts";
import { renderTerminal } from "./terminal.ts";

describe("what a run could have detected", () => {
  const { record } = sampleRun("pass");
  const [scenario] = record.scenarios;
  const name = scenario?.name ?? "";

  it("is the smallest change that two runs would show, from the steadiest endpoint to the noisiest", () => {
    const sentences = couldDetectSentences(record, ({ subject, statistic }) =>
      statistic === "p50" ? { sd: subject.name === "auth.login" ? 0.01 : 0.03, runs: 41 } : undefined,
    );
    // sd √2 (t₄₀ at 0.975 + t at 0.8), by the exact power: about 2.9 sd √2.
    expect(sentences[0]).toBe(
      `${name}: one run beside another would not have shown a change of p50 under 4.1 % (auth.login) to 13 % (llm.questions) (noise of 41 runs that are alike)`,
    );
  });

  it("is said once not to be known, and of which scenarios where others have their noise", () => {
    const text = "how small a change a run would show is not known yet; it takes 5 runs that are alike";
    const names = record.scenarios.map((one) => one.name);
    expect(names.length).toBeGreaterThan(1);
    expect(couldDetectSentences(record, () => undefined)).toEqual([text]);
    const sentences = couldDetectSentences(record, ({ part }) => (part === name ? { sd: 0.01, runs: 41 } : undefined));
    expect(sentences).toEqual([
      expect.stringContaining(`${name}: one run beside`),
      `${names.slice(1).join(", ")}: ${text}`,
    ]);
  });

  it("stands in the terminal, in Markdown and on the page", () => {
    const { plan, verdict } = sampleRun("pass");
    const said = ["a shift under 4.1 % passes unseen"];
    const assets = { style: "p{}", script: "void 0;", sha256Base64: () => "c2FtcGxl" };
    expect(renderTerminal(record, verdict, plan, { colour: false, columns: 100, detectable: said })).toContain(said[0]);
    expect(renderMarkdown(record, verdict, said)).toContain(said[0]);
    expect(renderHtml(record, verdict, plan, assets, said)).toContain(`<li>${said[0]}</li>`);
  });
});
