import type { RunRecord } from "../collect/record.ts";
import type { Plan } from "../plan/plan.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { bannerSection } from "./html/banner.ts";
import { machineSection } from "./html/machine.ts";
import { html, jsonFor, type Markup, trusted } from "./html/markup.ts";
import { microSection } from "./html/micro.ts";
import { requirementsSection } from "./html/requirements.ts";
import { scenarioSection } from "./html/scenario.ts";
import { scenarioPlots } from "./plots/plots.ts";

/** Made by report-assets.ts: this folder reads no files. */
export interface ReportAssets {
  /** The page's program with uPlot in it. */
  readonly script: string;
  /** The style sheet of uPlot and the page. */
  readonly style: string;
  readonly sha256Base64: (text: string) => string;
}

/**
 * One file that opens without a network, now and in ten years. Tables are plain HTML; plots are drawn by the script
 * from JSON. Names in it are hostile input: nothing is ever put together as markup, and the policy allows this one
 * script and this one style sheet, and nothing else at all.
 */
export function renderHtml(record: RunRecord, verdict: Verdict, plan: Plan, assets: ReportAssets): string {
  const scenarios = verdict.scenarios.map((scenario, index) => {
    const id = `scenario-${index}`;
    const measured = record.scenarios.find((entry) => entry.name === scenario.scenario);
    return { id, scenario, measured, plots: measured === undefined ? undefined : scenarioPlots(id, measured, plan) };
  });
  const plots = scenarios.flatMap(({ plots }) =>
    plots === undefined ? [] : [...plots.endpoints.flatMap((endpoint) => endpoint.plots), ...plots.whole],
  );
  const subjects = (verdict.micro ?? []).map((micro, index) => ({ id: `micro-${index}`, micro }));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy(assets))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="proofload ${record.proofloadVersion}">
<title>${verdict.kind} · ${record.suite} · proofload</title>
<style>${inElement(assets.style, "style")}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the results</a>
${bannerSection(record, verdict, plan)}
<nav aria-label="Sections"><ul>
${scenarios.map(({ id, scenario }) => html`<li><a href="#${id}" class="kind-${scenario.kind}">${scenario.scenario}</a></li>`)}
${subjects.map(({ id, micro }) => html`<li><a href="#${id}" class="kind-${micro.kind}">${micro.subject}</a></li>`)}
<li><a href="#requirements">Promises</a></li>
<li><a href="#environment">Environment</a></li>
</ul></nav>
<main id="content">
${scenarios.map(({ id, scenario, measured, plots }) => scenarioSection(id, scenario, measured, plots))}
${subjects.map(({ id, micro }) =>
  microSection(
    id,
    micro,
    record.micro?.find((entry) => entry.name === micro.subject),
  ),
)}
${requirementsSection(verdict)}
${machineSection(record, plan)}
</main>
<footer><p>proofload ${record.proofloadVersion} · this file is complete in itself and sends nothing anywhere.</p></footer>
<script type="application/json" id="plots">${trusted(jsonFor(plots))}</script>
<script>${inElement(assets.script, "script")}</script>
</body>
</html>
`;
  return page.markup;
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
export function inElement(text: string, element: "script" | "style"): Markup {
  if (new RegExp(`</${element}|<!--`, "i").test(text)) {
    throw new TypeError(`the ${element} of the report holds its own end tag or a comment`);
  }
  return trusted(text);
}
