import type { RunRecord } from "../collect/record.ts";
import type { Plan } from "../plan/plan.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { bannerSection } from "./html/banner.ts";
import { machineSection } from "./html/machine.ts";
import { html } from "./html/markup.ts";
import { microSection } from "./html/micro.ts";
import { type ReportAssets, renderPage } from "./html/page.ts";
import { requirementsSection } from "./html/requirements.ts";
import { scenarioSection } from "./html/scenario.ts";
import { scenarioPlots } from "./plots/plots.ts";

/** The page of a run. */
/** `detectable`: what the run could have shown, see could-detect.ts. */
export function renderHtml(
  record: RunRecord,
  verdict: Verdict,
  plan: Plan,
  assets: ReportAssets,
  detectable: readonly string[] = [],
): string {
  const scenarios = verdict.scenarios.map((scenario, index) => {
    const id = `scenario-${index}`;
    const measured = record.scenarios.find((entry) => entry.name === scenario.scenario);
    return { id, scenario, measured, plots: measured === undefined ? undefined : scenarioPlots(id, measured, plan) };
  });
  const plots = scenarios.flatMap(({ plots }) =>
    plots === undefined ? [] : [...plots.endpoints.flatMap((endpoint) => endpoint.plots), ...plots.whole],
  );
  const subjects = (verdict.micro ?? []).map((micro, index) => ({ id: `micro-${index}`, micro }));
  return renderPage(
    {
      title: `${verdict.kind} · ${record.suite} · proofload`,
      version: record.proofloadVersion,
      plots,
      body: html`${bannerSection(record, verdict, plan)}
<nav aria-label="Sections"><ul>
${scenarios.map(({ id, scenario }) => html`<li><a href="#${id}" class="kind-${scenario.kind}">${scenario.scenario}</a></li>`)}
${subjects.map(({ id, micro }) => html`<li><a href="#${id}" class="kind-${micro.kind}">${micro.subject}</a></li>`)}
<li><a href="#requirements">Promises</a></li>
<li><a href="#environment">Environment</a></li>
</ul></nav>
<main id="content">
${scenarios.map(({ id, scenario, measured, plots }) =>
  scenarioSection(
    id,
    scenario,
    measured,
    plots,
    plan.scenarios.find(({ name }) => name === scenario.scenario),
  ),
)}
${subjects.map(({ id, micro }) =>
  microSection(
    id,
    micro,
    record.micro?.find((entry) => entry.name === micro.subject),
  ),
)}
${requirementsSection(verdict)}
${detectable.length === 0 ? undefined : html`<section id="detectable"><header><h2>What this run could have shown</h2></header><div class="card"><ul>${detectable.map((line) => html`<li>${line}</li>`)}</ul></div></section>`}
${machineSection(record, plan)}
</main>`,
    },
    assets,
  );
}
