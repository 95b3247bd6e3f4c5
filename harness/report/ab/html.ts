import type { AbRecord } from "../../collect/ab-record.ts";
import type { AbFigureVerdict, AbVerdict } from "../../verdict/ab/ab-verdict.ts";
import { formatCount, formatValue } from "../format.ts";
import { html, type Markup } from "../html/markup.ts";
import { type ReportAssets, renderPage } from "../html/page.ts";
import { badge, table } from "../html/parts.ts";
import { SYMBOLS } from "../marks.ts";
import { machineLabel, speedLabel } from "../view.ts";
import { designLabel, detectableSentence, figureText, markOf, sideLabel, startsLabel } from "./ab-text.ts";
import { intervalPlot, intervalScale, spanOf } from "./interval-plot.ts";

/**
 * One file that opens without a network; plots are plain SVG. Names in it are hostile input. `more` is a
 * section of its own before the starts: what explains a regression.
 */
export function renderAbHtml(record: AbRecord, verdict: AbVerdict, assets: ReportAssets, more?: Markup): string {
  const gated = verdict.figures.filter((figure) => figure.gated);
  const advisory = verdict.figures.filter((figure) => !figure.gated);
  const body = html`${banner(record, verdict)}
<main id="content">
<section id="gated"><header><h2>Figures that decide</h2>
<p class="about">Bars are intervals of head ÷ base, corrected for all figures and all looks; the band is the margin of ±${formatValue(verdict.rules.margin, "ratio")}; every dot is one start of both sides.</p></header>
${figuresCard(gated, verdict)}
<p class="hint">${detectableSentence(verdict)}</p></section>
${
  advisory.length === 0
    ? undefined
    : html`<section id="advisory"><header><h2>Advisory figures</h2><p class="about">Shown with plain 95 % intervals; they decide nothing.</p></header>${figuresCard(advisory, verdict)}</section>`
}
${more}
${startsSection(record, verdict)}
</main>`;
  const title = `${verdict.kind} · ab ${record.scenario} · proofload`;
  return renderPage({ title, version: record.proofloadVersion, body, plots: [] }, assets);
}

function banner(record: AbRecord, verdict: AbVerdict): Markup {
  const mark = markOf(verdict.kind);
  const said = verdict.sentence.startsWith(`${verdict.kind}: `)
    ? verdict.sentence.slice(verdict.kind.length + 2)
    : verdict.sentence;
  const requests = record.starts.reduce((sum, start) => sum + start.requests.base.sent + start.requests.head.sent, 0);
  const widest = Math.max(...verdict.figures.map(({ gated, estimate }) => (gated ? (estimate?.spread ?? 0) : 0)), 0);
  const tiles = [
    { title: "Starts", value: formatCount(verdict.starts.sound), note: startsLabel(record, verdict) },
    { title: "Requests", value: formatCount(requests), note: "of both sides, warm-up not counted" },
    {
      title: "Noise",
      value: formatValue(widest, "ratio"),
      note: "standard deviation from start to start, widest gated figure",
    },
    answersTile(record),
  ];
  return html`<header class="banner kind-${mark}">
<div class="inner">
<p class="brand">proofload <span>ab ${record.scenario}</span></p>
<h1><span class="sign" aria-hidden="true">${SYMBOLS[mark]}</span> ${verdict.kind}</h1>
<p class="sentence">${said}</p>
<dl class="tiles">${tiles.map(({ title, value, note }) => html`<div><dt>${title}</dt><dd>${value}<small>${note}</small></dd></div>`)}</dl>
${
  verdict.reasons.length === 0
    ? undefined
    : html`<section class="reasons" aria-label="Why"><h2>Why</h2><ul>${verdict.reasons.map(
        ({
          kind,
          code,
          sentence,
          remedy,
        }) => html`<li class="kind-${kind}"><span class="sign" aria-hidden="true">${SYMBOLS[kind]}</span>
<div><p><strong>${kind === "WARNING" ? "Warning" : kind}</strong> · ${code}</p><p>${sentence}</p>${remedy === undefined ? undefined : html`<p class="remedy">${remedy}</p>`}</div></li>`,
      )}</ul></section>`
}
<p class="run">Base <code>${sideLabel(record.sides.base)}</code> · head <code>${sideLabel(record.sides.head)}</code> · ${designLabel(record)}</p>
<p class="run">Run <code>${record.runId}</code> · ${record.createdAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")} · ${machineLabel(record.fingerprint)} · ${speedLabel(record.fingerprint)}${
    record.sharedHost ? " · another run shared this machine" : ""
  }</p>
</div>
</header>`;
}

function answersTile({ design, differences }: AbRecord) {
  const title = "Answers";
  if (design === "blocks") return { title, value: "not compared", note: "no request goes to both sides at once" };
  return {
    title,
    value: differences.length === 0 ? "the same" : `${formatCount(differences.length)} differ`,
    note: "compared pair by pair in the warm-up: status, checks, shape",
  };
}

function figuresCard(figures: readonly AbFigureVerdict[], verdict: AbVerdict): Markup {
  const { margin } = verdict.rules;
  const span = spanOf(figures, margin);
  const columns = [
    { title: "Figure" },
    { title: "Base", right: true },
    { title: "Head", right: true },
    { title: "Change", right: true },
    { title: "Interval", right: true },
    { title: "" },
    { title: "Seen from", right: true },
    { title: "" },
  ];
  const rows = figures.map((figure) => {
    const text = figureText(figure);
    const kind = figure.kind === undefined ? undefined : markOf(figure.kind);
    return html`<tr class="kind-${kind ?? "NOT_COMPARABLE"}"><th scope="row">${text.name}</th><td class="right">${text.base}</td><td class="right">${text.head}</td>
<td class="right figure">${text.change}</td><td class="right">${text.interval}</td><td class="picture">${intervalPlot(figure, margin, span)}</td><td class="right">${text.detectable}</td><td>${
      kind === undefined ? text.said : badge(kind, text.said)
    }</td></tr>`;
  });
  const scale = html`<tr class="scale"><td></td><td></td><td></td><td></td><td></td><td class="picture">${intervalScale(margin, span)}</td><td></td><td></td></tr>`;
  return html`<div class="card">${table("Figures of both sides", columns, [...rows, scale], "ab")}</div>`;
}

/** Every start with what was unusual in it: nobody has to believe that the others were left out for a reason. */
function startsSection(record: AbRecord, verdict: AbVerdict): Markup {
  const unsound = new Map(verdict.starts.unsound.map(({ index, checks }) => [index, checks]));
  const rows = record.starts.map((start) => {
    const { base, head } = start.requests;
    const failed = (side: typeof base) => formatCount(side.failed + side.dropped);
    const checks = unsound.get(start.index);
    const { warmup } = start;
    const canary = start.instrument?.canary?.p99;
    const warm =
      warmup === undefined ? "–" : `${formatValue(warmup.seconds * 1000, "ms")}${warmup.steady ? "" : ", not steady"}`;
    return html`<tr><th scope="row">${start.index + 1}</th><td>${start.first}</td><td class="right">${warm}</td><td class="right">${formatCount(base.sent)} / ${formatCount(head.sent)}</td>
<td class="right">${failed(base)} / ${failed(head)}</td><td class="right">${canary === undefined ? "–" : formatValue(canary, "ms")}</td><td>${
      checks === undefined ? "evidence" : html`<span class="bad">no evidence: ${checks.join(", ")}</span>`
    }</td></tr>`;
  });
  const columns = [
    { title: "Start" },
    { title: "First" },
    { title: "Warm-up", right: true },
    { title: "Requests base / head", right: true },
    { title: "Failed or dropped", right: true },
    { title: "Canary p99", right: true },
    { title: "" },
  ];
  return html`<section id="starts"><header><h2>Starts</h2><p class="about">The unit of evidence: both sides freshly started on the same data, warmed up, and measured at the same time.</p></header>
<div class="card">${table("Starts", columns, rows)}</div></section>`;
}
