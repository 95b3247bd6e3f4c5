import type { CapacityRecord } from "../../collect/capacity-record.ts";
import type { CapacityVerdict } from "../../verdict/capacity/judge-capacity.ts";
import { html, type Markup } from "../html/markup.ts";
import { type ReportAssets, renderPage } from "../html/page.ts";
import { badge, plotFigures, table } from "../html/parts.ts";
import { SYMBOLS } from "../marks.ts";
import { budgetLabel, machineLabel } from "../view.ts";
import { capacityPlots } from "./plots.ts";
import { answerText, searchText, stepRow } from "./view.ts";

/** The page of a capacity search. */
export function renderCapacityHtml(record: CapacityRecord, verdict: CapacityVerdict, assets: ReportAssets): string {
  const plots = capacityPlots(record, verdict);
  return renderPage(
    {
      title: `${answerText(verdict) ?? verdict.kind} · capacity of ${record.scenario} · proofload`,
      version: record.proofloadVersion,
      plots,
      body: html`${banner(record, verdict)}
<main id="content">
<section><h2>What it held</h2>
<div class="card">${plotFigures(plots)}</div>
${stepTable(record)}
<p class="hint">${searchText(record)}. Neither was the service restarted between the steps nor its data reset.</p>
</section>
${resourceTable(record, verdict)}
</main>`,
    },
    assets,
  );
}

function banner(record: CapacityRecord, verdict: CapacityVerdict): Markup {
  const { capacity, kind } = verdict;
  return html`<header class="banner kind-${kind}">
<div class="inner">
<p class="brand">proofload <span>capacity of ${record.scenario}</span></p>
<h1><span class="sign" aria-hidden="true">${SYMBOLS[kind]}</span> ${answerText(verdict) ?? kind}</h1>
<p class="sentence">${verdict.sentence.slice(`${kind}: `.length)}</p>
${
  capacity === undefined
    ? undefined
    : html`<dl class="tiles"><div><dt>Limited by</dt><dd>${capacity.limitedBy.resource}<small>${capacity.limitedBy.evidence}</small></dd></div>${verdict.budgets.map(
        ({ budget, kind: judged, because }) =>
          html`<div><dt>${budgetLabel(budget)}</dt><dd>${badge(judged)}<small>${because ?? budget.source}</small></dd></div>`,
      )}</dl>`
}
${verdict.notes.map((note) => html`<p class="hint">${note}</p>`)}
<p class="run">Run <code>${record.runId}</code> · ${record.createdAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")}${
    record.commit === undefined ? undefined : html` · commit <code>${record.commit.sha.slice(0, 10)}</code>`
  } · ${machineLabel(record.fingerprint)}${record.sharedHost ? " · another run shared this machine" : ""}</p>
</div>
</header>`;
}

function stepTable({ scenario, steps }: CapacityRecord): Markup {
  const right = (title: string) => ({ title, right: true });
  const head = [{ title: "" }, right("Rate"), { title: "For" }, right("p95"), right("Errors"), right("In flight")];
  return html`<div class="card">${table(
    `Steps of ${scenario}`,
    [...head, { title: "Fullest" }, { title: "Why" }],
    steps
      .map(stepRow)
      .map(
        (row) =>
          html`<tr class="kind-${row.mark}"><td>${badge(row.mark, row.outcome)}</td><td class="right">${row.rate}</td><td>${row.purpose}</td><td class="right">${row.p95}</td><td class="right">${row.errors}</td><td class="right">${row.inFlight}</td><td>${row.fullest}</td><td>${row.why}</td></tr>`,
      ),
  )}</div>`;
}

/** What was in use at both ends of the answer. */
function resourceTable({ steps }: CapacityRecord, { capacity }: CapacityVerdict): Markup | undefined {
  if (capacity === undefined) return undefined;
  const ends = [
    { end: "held", step: steps.findLast(({ rate, outcome }) => rate === capacity.held && outcome === "held") },
    { end: "failed", step: steps.findLast(({ rate, outcome }) => rate === capacity.failed && outcome === "failed") },
  ];
  const rows = ends.flatMap(({ end, step }) =>
    (step?.resources ?? []).map(
      (use) =>
        html`<tr><td>${end}</td><td>${use.resource}</td><td class="right">${Math.round(use.share * 100)} %</td><td>${use.exhausted ? "used up" : ""}</td><td>${use.evidence}</td></tr>`,
    ),
  );
  const head = [{ title: "At" }, { title: "Resource" }, { title: "In use", right: true }, { title: "" }];
  return html`<section><h2>What was in use</h2><div class="card">${table("Resources in use", [...head, { title: "Evidence" }], rows)}</div></section>`;
}
