import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { html, jsonFor, type Markup } from "./html/markup.ts";
import type { ReportAssets } from "./html/page.ts";
import { renderHtml } from "./html.ts";
import { type SampleRun, sampleRun, sampleRunWithNames } from "./sample.ts";

const assets: ReportAssets = {
  script: "console.log(1)",
  style: "body{margin:0}",
  sha256Base64: (text) => createHash("sha256").update(text).digest("base64"),
};
const render = ({ record, verdict, plan }: SampleRun) => renderHtml(record, verdict, plan, assets);

describe("markup", () => {
  it("takes everything for text that no template made", () => {
    const forged = { markup: "<script>1</script>" } as Markup;
    expect(html`<p>${"<b>"}${forged}${html`<i>${'"'}</i>`}${undefined}${["a", 1]}</p>`.markup).toBe(
      "<p>&#60;b&#62;&#60;script&#62;1&#60;/script&#62;<i>&#34;</i>a1</p>",
    );
  });

  it("holds JSON that cannot end its element", () => {
    const data = { name: "</script><!--\u2028&" };
    expect(jsonFor(data)).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(jsonFor(data))).toEqual(data);
  });
});

describe("the page", () => {
  it("names the endpoint, the figure, the budget and the promise that failed", () => {
    const page = render(sampleRun("fail"));
    expect(page).toContain("p95 of projects.create is 642 ms, over its max of 500 ms (SOC-02)");
    expect(page).toMatch(/projects\.create<small>POST \/api\/projects<\/small>/);
    expect(page).toContain("needs k6 browser with a real Chromium");
    expect(page).toContain("Warm-up: driven the same way");
  });

  it("judges no budget where the instrument was not sound", () => {
    const page = render(sampleRun("invalid"));
    const load = page.slice(page.indexOf('id="scenario-0"'), page.indexOf('id="scenario-1"'));
    expect(load).toContain("prove nothing about the service");
    expect(load).not.toMatch(/<\/span> (pass|fail)</);
  });

  it("allows this one script and this one style sheet, and nothing else", () => {
    const page = render(sampleRun("pass"));
    const script = assets.sha256Base64(assets.script);
    const style = assets.sha256Base64(assets.style);
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${style}'; script-src 'sha256-${script}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/ style=| on[a-z]+=|https?:(?!\/\/127)/);
  });

  it("has no element and no attribute that a name brought in", () => {
    const elements = (page: string) => new Set([...page.matchAll(/<([a-z!][a-z0-9]*)/gi)].map(([, name]) => name));
    expect(elements(render(sampleRunWithNames(HOSTILE_NAMES)))).toEqual(elements(render(sampleRunWithNames(["a"]))));
  });

  it("refuses a script that would end its element", () => {
    const { record, verdict, plan } = sampleRun("pass");
    expect(() => renderHtml(record, verdict, plan, { ...assets, script: '"</script>"' })).toThrow(/its own end tag/);
  });

  it("shows no password of an address and no value of a secret setting", () => {
    const { record, verdict, plan } = sampleRun("pass");
    const [first, ...rest] = record.scenarios;
    const [planned, ...others] = plan.scenarios;
    const page = renderHtml(
      {
        ...record,
        scenarios:
          first === undefined
            ? []
            : [
                { ...first, environment: { ...first.environment, baseUrl: "http://u:hunter2@h/?token=hunter2" } },
                ...rest,
              ],
      },
      verdict,
      {
        ...plan,
        scenarios: planned === undefined ? [] : [{ ...planned, settings: { JWT_SECRET: "hunter2" } }, ...others],
      },
      assets,
    );
    expect(page).not.toContain("hunter2");
    expect(page).toContain("JWT_SECRET=•••");
  });
});

it("the page's program never makes markup out of text", async () => {
  const folder = new URL("browser/", import.meta.url);
  const sources = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
  expect(sources.length).toBeGreaterThan(3);
  for (const name of sources) {
    const text = await readFile(new URL(name, folder), "utf8");
    expect(text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("on/,
    );
  }
});
