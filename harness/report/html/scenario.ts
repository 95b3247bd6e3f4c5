import type { ScenarioRecord } from "../../collect/record.ts";
import type { ScenarioPlan } from "../../plan/plan.ts";
import type { BudgetVerdict, ScenarioVerdict } from "../../verdict/verdict.ts";
import { formatCount, formatMargin, formatSeconds } from "../format.ts";
import type { ScenarioPlots } from "../plots/plots.ts";
import {
  budgetLabel,
  type EndpointRow,
  endpointRows,
  iterationsLabel,
  measuredLabel,
  scenarioBudgets,
} from "../view.ts";
import { booksBlock, validityBlock } from "./evidence.ts";
import { html, type Markup } from "./markup.ts";
import { badge, gauge, plotFigures, table } from "./parts.ts";
import { trafficBlock } from "./traffic.ts";
import { waitingBlock } from "./waiting.ts";

/** One scenario from verdict to evidence: what was judged, what it looked like, and why it may be believed. */
export function scenarioSection(
  id: string,
  scenario: ScenarioVerdict,
  record: ScenarioRecord | undefined,
  plots: ScenarioPlots | undefined,
  plan?: ScenarioPlan,
): Markup {
  return html`<section class="scenario" id="${id}" aria-labelledby="${id}-title">
<header>
<h2 id="${id}-title">${scenario.scenario} ${badge(scenario.kind)}</h2>
${record === undefined ? undefined : html`<p class="lead">${record.title}</p><p class="about">${about(record)}</p>`}
</header>
${scenario.kind === "INVALID" ? html`<p class="notice">The instrument was not sound: the figures below prove nothing about the service, in either direction.</p>` : undefined}
${budgetsBlock(scenario, record)}
${
  plots === undefined
    ? undefined
    : html`<div class="endpoints">${plots.endpoints.map(
        ({ endpoint, plots }) =>
          html`<article class="card four"><h3>${endpoint}</h3>${plots.length === 0 ? html`<p class="empty">No successful request: nothing to draw.</p>` : plotFigures(plots)}</article>`,
      )}
<article class="card"><h3>Load and resources</h3>${plotFigures(plots.whole)}</article></div>`
}
${record === undefined ? undefined : trafficBlock(record)}
${record === undefined ? undefined : waitingBlock(record, plan)}
${validityBlock(scenario.scenario, scenario.validity)}
${record === undefined ? undefined : booksBlock(record)}
</section>`;
}

function about(record: ScenarioRecord): string {
  const warmup = record.warmupSeconds > 0 ? ` after ${formatSeconds(record.warmupSeconds)} of warm-up` : "";
  return `Target ${record.target} · ${formatSeconds(record.measuredSeconds)} measured${warmup} · ${iterationsLabel(record)}`;
}

const BUDGET_COLUMNS = [
  { title: "Endpoint" },
  { title: "Requests", right: true },
  { title: "Errors", right: true },
  { title: "Budget" },
  { title: "Measured", right: true },
  { title: "" },
  { title: "Margin", right: true },
  { title: "Verdict" },
  { title: "Promise" },
];

function budgetsBlock(scenario: ScenarioVerdict, record: ScenarioRecord | undefined): Markup | undefined {
  const rows = endpointRows(scenario, record);
  const whole = scenarioBudgets(scenario);
  if (rows.length + whole.length === 0) {
    return undefined;
  }
  const proves = scenario.kind !== "INVALID";
  return html`<div class="card"><h3>Budgets</h3>${table(
    `Budgets of ${scenario.scenario}`,
    BUDGET_COLUMNS,
    [
      rows.map((row) => endpointCells(row, proves)),
      whole.map(
        (verdict, index) =>
          html`<tr class="${proves ? `kind-${verdict.kind}` : ""}${index === 0 ? " group" : ""}">${
            index === 0
              ? html`<th scope="rowgroup" colspan="3" rowspan="${whole.length}">Whole scenario</th>`
              : undefined
          }${budgetCells(verdict, proves)}</tr>`,
      ),
    ],
    "budgets",
  )}</div>`;
}

function endpointCells({ endpoint, record, budgets }: EndpointRow, proves: boolean): Markup[] {
  const span = Math.max(1, budgets.length);
  const path = record?.path === undefined ? undefined : html`<small>${record.method} ${record.path}</small>`;
  const errors = (record?.failed ?? 0) + (record?.dropped ?? 0);
  const head = html`<th scope="rowgroup" rowspan="${span}">${endpoint}${path}</th>
<td class="right count" rowspan="${span}">${formatCount(record?.requests ?? 0)}</td>
<td class="right count${errors > 0 ? " bad" : ""}" rowspan="${span}">${formatCount(errors)}</td>`;
  if (budgets.length === 0) {
    return [html`<tr class="group">${head}<td colspan="6" class="empty">no budget</td></tr>`];
  }
  return budgets.map(
    (verdict, index) =>
      html`<tr class="${proves ? `kind-${verdict.kind}` : ""}${index === 0 ? " group" : ""}">${index === 0 ? head : undefined}${budgetCells(verdict, proves)}</tr>`,
  );
}

/** From the limit to the promise: six cells. */
export function budgetCells(verdict: BudgetVerdict, proves: boolean): Markup {
  const { budget, kind, margin, measured, count } = verdict;
  const endless = measured !== undefined && "lower" in measured && !Number.isFinite(measured.lower);
  const because =
    verdict.because ??
    (endless ? "dropped iterations, which count as answers that never came, reach into it" : undefined);
  return html`<td class="budget">${budgetLabel(budget)}</td>
<td class="right figure" title="${formatCount(count)} samples">${measuredLabel(verdict)}</td>
<td class="gauge-cell">${gauge(verdict, proves)}</td>
<td class="right margin">${formatMargin(margin)}</td>
<td>${proves ? badge(kind) : html`<span class="badge kind-NOT_COMPARABLE">not judged</span>`}${because === undefined ? undefined : html`<small>${because}</small>`}</td>
<td class="source"><code>${budget.source}</code></td>`;
}
