import type { ChangePoint, SeriesTrend, Trend } from "../../verdict/trend.ts";
import { formatValue } from "../format.ts";
import { html, type Markup } from "../html/markup.ts";
import { type ReportAssets, renderPage } from "../html/page.ts";
import { badge, plotFigures, table } from "../html/parts.ts";
import { type Mark, SYMBOLS } from "../marks.ts";
import { trendPlot } from "../plots/trend.ts";
import {
  chanceText,
  changeText,
  countText,
  isShown,
  rangeText,
  seriesMeasure,
  seriesSubject,
  trendGroups,
  trendSentence,
} from "./trend-text.ts";

/** The history as one page in the style of a run's report: changes first, then every series that is shown. */
export function renderTrendHtml(trend: Trend, version: string, assets: ReportAssets): string {
  const shown = trend.series.filter(isShown);
  const plots = new Map(shown.map((series) => [series, trendPlot(`series-${series.id}`, series)]));
  const kind: Mark = trend.series.length === 0 ? "NOT_COMPARABLE" : trend.open > 0 ? "FAIL" : "PASS";
  const body = html`${banner(trend, kind)}
<main id="content">
${changesSection(trend)}
${trendGroups(shown).map(
  ({ title, series }) => html`<section aria-label="${title}"><header><h2>${title}</h2></header>
<div class="card">${seriesTable(title, series)}</div>
<div class="card">${plotFigures(series.flatMap((one) => plots.get(one) ?? []))}</div></section>`,
)}
</main>`;
  return renderPage({ title: "trend · proofload", version, body, plots: [...plots.values()] }, assets);
}

function banner(trend: Trend, kind: Mark): Markup {
  const tiles = [
    { title: "Runs", value: trend.runs, note: "sound ones, that have another to stand beside" },
    { title: "Commits", value: trend.commits, note: "in the order in which they were made" },
    { title: "Series", value: trend.series.length, note: "one figure on one machine with one workload" },
    { title: "Changes not accepted", value: trend.open, note: "for the worse" },
  ];
  return html`<header class="banner kind-${kind}">
<div class="inner">
<p class="brand">proofload <span>trend</span></p>
<h1><span class="sign" aria-hidden="true">${SYMBOLS[kind]}</span> ${trend.open > 0 ? "changed" : "trend"}</h1>
<p class="sentence">${trendSentence(trend)}</p>
<dl class="tiles">${tiles.map(
    ({ title, value, note }) => html`<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>
</div>
</header>`;
}

function changesSection({ series }: Trend): Markup {
  const changes = series.flatMap((one) => one.changes.map((change) => ({ one, change })));
  // What waits for somebody comes first.
  const sorted = [...changes].sort((a, b) => Number(b.change.state === "open") - Number(a.change.state === "open"));
  const head = [{ title: "Figure" }, { title: "State" }, { title: "Change" }, { title: "Where" }, { title: "Series" }];
  return html`<section id="changes" aria-labelledby="changes-title"><header><h2 id="changes-title">Changes</h2>
<p class="about">Found by E-divisive with a seeded permutation test at 0.001; a change of less than 2 % is not told. <code>proofload trend accept SERIES COMMIT</code> takes one as the new normal.</p></header>
<div class="card">${
    sorted.length === 0
      ? html`<p class="empty">None.</p>`
      : table(
          "Changes",
          head,
          sorted.map(({ one, change }) => changeRow(one, change)),
        )
  }</div></section>`;
}

function changeRow(series: SeriesTrend, change: ChangePoint): Markup {
  const { state, direction } = change;
  const mark: Mark = state === "open" ? "FAIL" : direction === "better" ? "PASS" : "NOT_COMPARABLE";
  const said = state === "open" ? "not accepted" : direction === "better" ? "better" : state;
  return html`<tr class="kind-${mark}"><th scope="row">${seriesSubject(series)}<small>${seriesMeasure(series)}, ${series.part}</small></th>
<td>${badge(mark, said)}</td><td class="wide">${changeText(change, series)}<small>${chanceText(change)}</small></td>
<td class="wide">${rangeText(change)}</td><td><code>${series.id}</code></td></tr>`;
}

function seriesTable(title: string, series: readonly SeriesTrend[]): Markup {
  const head = [
    { title: "Endpoint" },
    { title: "Figure" },
    { title: "Series" },
    { title: "Runs", right: true },
    { title: "First", right: true },
    { title: "Last", right: true },
    { title: "Changes", right: true },
  ];
  return table(
    title,
    head,
    series.map(
      ({ points, unit, changes, id, ...one }) => html`<tr><th scope="row">${seriesSubject(one)}</th>
<td>${seriesMeasure(one)}</td><td><code>${id}</code></td><td class="right">${points.length}</td>
<td class="right">${formatValue(points[0]?.value ?? Number.NaN, unit)}</td>
<td class="right">${formatValue(points.at(-1)?.value ?? Number.NaN, unit)}</td>
<td class="right">${changes.length === 0 ? "–" : countText(changes.length, "change")}</td></tr>`,
    ),
  );
}
