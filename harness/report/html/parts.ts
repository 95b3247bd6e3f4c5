/** Small pieces that several sections share. */
import type { BudgetVerdict } from "../../verdict/verdict.ts";
import { type Mark, SYMBOLS } from "../marks.ts";
import type { PlotSpec } from "../plots/plot-spec.ts";
import { type Content, html, type Markup } from "./markup.ts";

const SAID: Readonly<Record<Mark, string>> = {
  PASS: "pass",
  WARN: "over target",
  WARNING: "warning",
  FAIL: "fail",
  INCONCLUSIVE: "inconclusive",
  INVALID: "invalid",
  NOT_COMPARABLE: "not comparable",
};

/** Sign and word: colour alone tells nobody anything. */
export function badge(kind: Mark, said = SAID[kind]): Markup {
  return html`<span class="badge kind-${kind}"><span aria-hidden="true">${SYMBOLS[kind]}</span> ${said}</span>`;
}

/** A table that scrolls inside its card where the window is too narrow for it. */
export function table(label: string, head: readonly Column[], body: Content, kind = "plain"): Markup {
  const cells = head.map(
    ({ title, right }) => html`<th scope="col"${right === true ? RIGHT : undefined}>${title}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="${kind}">
<thead><tr>${cells}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

const RIGHT = html` class="right"`;

/** Placeholders of a fixed height; the script draws into them when they come into view. */
export function plotFigures(plots: readonly PlotSpec[]): Markup {
  return html`<div class="plots">${plots.map(
    (plot) => html`<figure class="plot">
<figcaption>${plot.title}</figcaption>
<div class="canvas" data-plot="${plot.id}" role="img" aria-label="${plot.title}: ${plot.description}"></div>
</figure>`,
  )}</div>`;
}

/** How far the figure is from its limits, as a bar: SVG attributes need no inline style. */
export function gauge({ budget, measured, kind }: BudgetVerdict, proves: boolean): Markup {
  const value = measured === undefined ? undefined : "value" in measured ? measured.value : measured.upper;
  if (value === undefined || Number.isNaN(value)) {
    return html``;
  }
  const limit = Math.max(budget.target, budget.max);
  const end = 1.3 * Math.max(limit, Math.min(Number.isFinite(value) ? value : 0, 1.6 * limit));
  const at = (amount: number) => (end <= 0 ? 0 : Math.min(100, Math.max(0, (100 * amount) / end))).toFixed(1);
  const filled = Number.isFinite(value) ? at(value) : "100";
  const tick = (amount: number, level: string) =>
    html`<line class="${level}" x1="${at(amount)}" x2="${at(amount)}" y1="0" y2="12"/>`;
  return html`<svg class="gauge kind-${proves ? kind : "NOT_COMPARABLE"}" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
<rect class="track" x="0" y="3" width="100" height="6" rx="1"/><rect class="fill" x="0" y="3" width="${filled}" height="6" rx="1"/>
${budget.target === budget.max ? undefined : tick(budget.target, "target")}${tick(budget.max, "max")}</svg>`;
}
