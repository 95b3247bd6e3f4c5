import type { PlotSpec } from "../plots/plot-spec.ts";
import { html, jsonFor, type Markup, trusted } from "./markup.ts";

/** Made by report-assets.ts: this folder reads no files. */
export interface ReportAssets {
  /** The page's program with uPlot in it. */
  readonly script: string;
  /** The style sheet of uPlot and the page. */
  readonly style: string;
  readonly sha256Base64: (text: string) => string;
}

export interface Page {
  readonly title: string;
  /** Of proofload. */
  readonly version: string;
  /** Its results begin at an element with the id "content". */
  readonly body: Markup;
  /** What is drawn into the places of `plotFigures`. */
  readonly plots: readonly PlotSpec[];
}

/**
 * One file that opens without a network, now and in ten years. Tables are plain HTML; plots are drawn by the script
 * from JSON. Names in it are hostile input: nothing is ever put together as markup, and the policy allows this one
 * script and this one style sheet, and nothing else at all.
 */
export function renderPage({ title, version, body, plots }: Page, assets: ReportAssets): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy(assets))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="proofload ${version}">
<title>${title}</title>
<style>${inElement(assets.style, "style")}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the results</a>
${body}
<footer><p>proofload ${version} · this file is complete in itself and sends nothing anywhere.</p></footer>
<script type="application/json" id="plots">${trusted(jsonFor(plots))}</script>
<script>${inElement(assets.script, "script")}</script>
</body>
</html>
`.markup;
}

function policy(assets: ReportAssets): string {
  const hash = (text: string) => `'sha256-${assets.sha256Base64(text)}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(assets.style)}`,
    `script-src ${hash(assets.script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Our own text, but one that ends its element too early would leave the rest of it as a page. */
function inElement(text: string, element: "script" | "style"): Markup {
  if (new RegExp(`</${element}|<!--`, "i").test(text)) {
    throw new TypeError(`the ${element} of the report holds its own end tag or a comment`);
  }
  return trusted(text);
}
