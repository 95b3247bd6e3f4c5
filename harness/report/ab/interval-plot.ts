import type { AbFigureVerdict } from "../../verdict/ab/ab-verdict.ts";
import { html, type Markup } from "../html/markup.ts";
import { figureText, markOf } from "./ab-text.ts";

const WIDTH = 640;
const HEIGHT = 64;
const EDGE = 14;
/** Of the line that the interval stands on, and of the starts below it. */
const LINE = 20;
const STARTS = { from: 32, to: 50 };

/**
 * One figure: the interval of head ÷ base as a bar against the ±margin band, with a dot for each start below it.
 * Everything is on a scale of logarithms, the same for all figures of a page, with no change in the middle.
 *
 *        │   ░░░░│░░░░  ├──●──┤
 *        │      ·   ·│ · · ·
 */
export function intervalPlot(figure: AbFigureVerdict, margin: number, span: number): Markup | undefined {
  const { estimate } = figure;
  if (estimate === undefined) return undefined;
  const x = (log: number) =>
    (WIDTH / 2 + (Math.max(-span, Math.min(span, log)) / span) * (WIDTH / 2 - EDGE)).toFixed(1);
  const [from, to] = [x(-Math.log(1 + margin)), x(Math.log(1 + margin))];
  const { lower, upper } = estimate.interval;
  const hasEnds = lower > 0 && Number.isFinite(upper);
  const [left, right] = hasEnds ? [x(Math.log(lower)), x(Math.log(upper))] : [x(-span), x(span)];
  const last = Math.max(1, figure.logRatios.length - 1);
  const dots = figure.logRatios.map(({ start, value }, place) => {
    const y = (STARTS.from + ((STARTS.to - STARTS.from) * place) / last).toFixed(1);
    const kind = estimate.outliers.includes(start) ? "start outlier" : "start";
    return html`<circle class="${kind}" cx="${x(value)}" cy="${y}" r="3"><title>start ${start + 1}: ${percentOf(value)}</title></circle>`;
  });
  const text = figureText(figure);
  const kind = figure.kind === undefined ? "NOT_COMPARABLE" : markOf(figure.kind);
  return html`<svg class="interval kind-${kind}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${text.name}: ${text.change}, ${text.interval}">
<rect class="margin" x="${from}" y="2" width="${(Number(to) - Number(from)).toFixed(1)}" height="${HEIGHT - 12}"/>
<line class="zero" x1="${WIDTH / 2}" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT - 8}"/>
<line class="${hasEnds ? "bar" : "bar endless"}" x1="${left}" x2="${right}" y1="${LINE}" y2="${LINE}"/>
${hasEnds ? html`<line class="bar" x1="${left}" x2="${left}" y1="${LINE - 6}" y2="${LINE + 6}"/><line class="bar" x1="${right}" x2="${right}" y1="${LINE - 6}" y2="${LINE + 6}"/>` : undefined}
<circle class="centre" cx="${x(Math.log(estimate.ratio))}" cy="${LINE}" r="5"/>
${dots}
</svg>`;
}

/** The scale below a column of plots: no change, the margin, and the ends. */
export function intervalScale(margin: number, span: number): Markup {
  const marks = [-span, -Math.log(1 + margin), 0, Math.log(1 + margin), span];
  const at = (log: number) => WIDTH / 2 + (log / span) * (WIDTH / 2 - EDGE);
  return html`<svg class="interval scale" viewBox="0 0 ${WIDTH} 18" aria-hidden="true">${marks.map(
    (log) =>
      html`<text x="${at(log).toFixed(1)}" y="13" text-anchor="${log === -span ? "start" : log === span ? "end" : "middle"}">${percentOf(log)}</text>`,
  )}</svg>`;
}

/** Half width of the scale: all intervals and most starts fit, and the margin is never a hair. */
export function spanOf(figures: readonly AbFigureVerdict[], margin: number): number {
  const ends = figures.flatMap(({ estimate, logRatios }) => {
    if (estimate === undefined) return [];
    const { lower, upper } = estimate.interval;
    const ordinary = logRatios
      .filter(({ start }) => !estimate.outliers.includes(start))
      .map(({ value }) => Math.abs(value));
    return [...(lower > 0 && Number.isFinite(upper) ? [-Math.log(lower), Math.log(upper)] : []), ...ordinary];
  });
  return Math.min(8 * margin, 1.1 * Math.max(2 * Math.log(1 + margin), ...ends));
}

function percentOf(log: number): string {
  const percent = Math.expm1(log) * 100;
  const text = Math.abs(percent)
    .toFixed(Math.abs(percent) < 9.95 ? 1 : 0)
    .replace(/\.0$/, "");
  return text === "0" ? "0" : `${percent < 0 ? "−" : "+"}${text} %`;
}
