import type { SeriesTrend, Trend } from "../../verdict/trend.ts";
import { type Palette, palette } from "../ansi.ts";
import { formatValue } from "../format.ts";
import { SYMBOLS } from "../marks.ts";
import { cutTo, plain, widthOf, wrap } from "../plain.ts";
import type { TerminalOptions } from "../terminal.ts";
import { sparkline } from "./sparkline.ts";
import {
  chanceText,
  changeText,
  countText,
  isShown,
  rangeText,
  seriesMeasure,
  seriesSubject,
  shortPlace,
  trendGroups,
  trendSentence,
} from "./trend-text.ts";

export interface TrendOptions extends Pick<TerminalOptions, "colour" | "columns"> {
  readonly program: string;
  /** Series were chosen on the command line: all of them are shown. */
  readonly asked: boolean;
  /** Options under which `trend accept` sees the same changes: "--branch main". */
  readonly accept?: string;
}

/** The history for a terminal: a line for each series, and under it what changed. */
export function renderTrend(
  trend: Trend,
  { colour, columns: wanted, program, asked, accept = "" }: TrendOptions,
): string {
  const paint = palette(colour);
  const columns = Math.min(140, Math.max(60, wanted));
  const shown = trend.series.filter((series) => asked || isShown(series));
  const left = trend.series.length - shown.length;
  const size = [countText(trend.runs, "run"), countText(trend.commits, "commit"), `${trend.series.length} series`];
  const colourOfAll = trend.series.length === 0 ? paint.dim : trend.open > 0 ? paint.red : paint.green;
  const sign = trend.series.length === 0 ? "" : `${trend.open > 0 ? SYMBOLS.FAIL : SYMBOLS.PASS} `;
  const lines = [
    `  ${paint.bold("proofload trend")}  ${size.join(", ")}`,
    "",
    ...trendGroups(shown).flatMap(({ title, series }) => [
      `  ${paint.bold(cutTo(plain(title, 200), columns - 2))}`,
      ...table(series, paint, columns, { program, accept }),
      "",
    ]),
    ...(left === 0
      ? []
      : [`  ${paint.dim(`${left} more series, none with a change; --metric and --endpoint show them`)}`]),
    `  ${colourOfAll(`${sign}${trendSentence(trend)}`)}`,
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const ID_CELLS = 8;

type AcceptCommand = Required<Pick<TrendOptions, "program" | "accept">>;

function table(series: readonly SeriesTrend[], paint: Palette, columns: number, command: AcceptCommand): string[] {
  const rows = series.map((one, index) => ({
    one,
    name: series[index - 1]?.subject.name === one.subject.name ? "" : plain(seriesSubject(one), 60),
    measure: seriesMeasure(one),
    last: formatValue(one.points.at(-1)?.value ?? Number.NaN, one.unit),
  }));
  const widest = (title: string, texts: readonly string[], most: number) =>
    Math.min(most, Math.max(...[title, ...texts].map(widthOf)));
  const name = widest(
    "ENDPOINT",
    rows.map((row) => row.name),
    Math.floor(columns * 0.3),
  );
  const measure = widest(
    "METRIC",
    rows.map((row) => row.measure),
    24,
  );
  const last = widest(
    "LAST",
    rows.map((row) => row.last),
    12,
  );
  const room = Math.max(8, columns - (4 + name + 2 + measure + 2 + ID_CELLS + 2 + last + 2));
  const line = (...[a, b, id, figure, history]: readonly [string, string, string, string, string]) =>
    `    ${pad(cutTo(a, name), name)}  ${pad(cutTo(b, measure), measure)}  ${pad(id, ID_CELLS)}  ${" ".repeat(Math.max(0, last - widthOf(figure)))}${figure}  ${history}`;
  return [
    paint.dim(line("ENDPOINT", "METRIC", "SERIES", "LAST", "HISTORY")),
    ...rows.flatMap((row) => [
      line(
        row.name,
        row.measure,
        row.one.id,
        row.last,
        sparkline(row.one.points.map(({ value }) => value).slice(-room)),
      ),
      ...changeLines(row.one, paint, columns, command),
    ]),
  ];
}

function changeLines(
  series: SeriesTrend,
  paint: Palette,
  columns: number,
  { program, accept: options }: AcceptCommand,
): string[] {
  return series.changes.flatMap((change) => {
    const { direction, state, firstBad } = change;
    const isOpen = state === "open";
    const mark = isOpen ? SYMBOLS.FAIL : direction === "better" ? SYMBOLS.PASS : SYMBOLS.NOT_COMPARABLE;
    const colour = isOpen ? paint.red : direction === "better" ? paint.green : paint.dim;
    const said = direction === "worse" && !isOpen ? `, ${state}` : "";
    const text = `${mark} ${changeText(change, series)}${said}; ${plain(rangeText(change), 200)}; ${chanceText(change)}`;
    const accept = `${program} trend accept ${series.id} ${plain(`${shortPlace(firstBad)} ${options}`)}`;
    return [
      ...wrap(text, columns - 8).map((line, index) => `      ${index === 0 ? "" : "  "}${colour(line)}`),
      ...(isOpen ? [`        ${paint.dim(`as it should be? ${accept}`)}`] : []),
    ];
  });
}

function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}
