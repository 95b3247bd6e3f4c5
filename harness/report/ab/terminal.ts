import type { AbRecord } from "../../collect/ab-record.ts";
import type { AbFigureVerdict, AbVerdict } from "../../verdict/ab/ab-verdict.ts";
import { type Palette, palette } from "../ansi.ts";
import { colourOf, SYMBOLS } from "../marks.ts";
import { cutTo, plain, widthOf, wrap } from "../plain.ts";
import type { TerminalOptions } from "../terminal.ts";
import { machineLabel } from "../view.ts";
import { designLabel, detectableSentence, figureText, markOf, sideLabel, startsLabel } from "./ab-text.ts";

const HEAD = ["BASE", "HEAD", "CHANGE", "INTERVAL", ""] as const;
/** Cells of the picture of an interval, the middle one is "no change". */
const CELLS = 17;

/** An A/B comparison for a terminal. Its last lines: the verdict in a sentence, and where the report is. */
export function renderAbTerminal(
  record: AbRecord,
  verdict: AbVerdict,
  options: Pick<TerminalOptions, "colour" | "columns" | "directory">,
): string {
  const paint = palette(options.colour);
  const columns = Math.min(140, Math.max(60, options.columns));
  const wrapped = (text: string, indent: string, painter = (line: string) => line) =>
    wrap(plain(text, 600), columns - indent.length).map((line) => `${indent}${painter(line)}`);
  const colour = colourOf(markOf(verdict.kind), paint);
  const gated = verdict.figures.filter((figure) => figure.gated);
  const advisory = verdict.figures.filter((figure) => !figure.gated);
  const lines = [
    `  ${paint.bold(`proofload ab ${plain(record.scenario, 40)}`)}  ${paint.dim(`run ${plain(record.runId, 60)}`)}`,
    ...wrapped(`base ${sideLabel(record.sides.base)}`, "  "),
    ...wrapped(`head ${sideLabel(record.sides.head)}`, "  "),
    ...wrapped(`${startsLabel(record, verdict)} · ${designLabel(record)}`, "  ", paint.dim),
    ...wrapped(machineLabel(record.fingerprint), "  ", paint.dim),
    "",
    ...verdict.reasons.flatMap(({ kind, sentence, remedy }) => [
      ...wrapped(`${SYMBOLS[kind]} ${sentence}`, "  ", colourOf(kind, paint)),
      ...(remedy === undefined ? [] : wrapped(`→ ${remedy}`, "    ", paint.cyan)),
    ]),
    ...(verdict.reasons.length === 0 ? [] : [""]),
    ...table("GATED: these decide", gated, verdict, paint, columns),
    ...(advisory.length === 0 ? [] : ["", ...table("ADVISORY", advisory, verdict, paint, columns)]),
    "",
    ...wrapped(detectableSentence(verdict), "  ", paint.dim),
    "",
    ...wrapped(verdict.sentence, "  ", (line) => colour(paint.bold(line))),
    ...(options.directory === undefined ? [] : [`  Report: ${plain(options.directory, 4096)}/report.html`]),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function table(
  title: string,
  figures: readonly AbFigureVerdict[],
  verdict: AbVerdict,
  paint: Palette,
  columns: number,
): string[] {
  const rows = figures.map((figure) => {
    const { shortName, base, head, change, interval, said } = figureText(figure);
    const isRoomy = columns >= 100;
    const picture = isRoomy ? pictureOf(figure, verdict.rules.margin) : "";
    return { figure, name: plain(shortName, 80), cells: [base, head, change, interval, picture], said };
  });
  const widths = HEAD.map((head, index) =>
    Math.max(head.length, ...rows.map(({ cells }) => widthOf(cells[index] ?? ""))),
  );
  const saidWidth = Math.max(...rows.map(({ said }) => said.length));
  const room = columns - 4 - saidWidth - 2 - widths.reduce((sum, width) => sum + width + 2, 0);
  const name = Math.max(12, Math.min(room, Math.max(title.length, ...rows.map((row) => widthOf(row.name)))));
  const pad = (text: string, cells: number) => text + " ".repeat(Math.max(0, cells - widthOf(text)));
  const line = (start: string, cells: readonly string[]) =>
    `    ${pad(cutTo(start, name), name)}${cells.map((cell, index) => `  ${" ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)))}${cell}`).join("")}`;
  return [
    paint.dim(line(title, HEAD)),
    ...rows.map(({ figure, name: start, cells, said }) => {
      const colour = figure.kind === undefined ? paint.dim : colourOf(markOf(figure.kind), paint);
      return `${line(start, cells)}  ${colour(said)}`;
    }),
  ];
}

/** `··(─●─)··`: the interval against the margin, which the round brackets are; the middle is no change. */
function pictureOf({ estimate }: AbFigureVerdict, margin: number): string {
  if (estimate === undefined || !Number.isFinite(estimate.interval.upper)) return "";
  const half = (CELLS - 1) / 2;
  const span = 2 * Math.log(1 + margin);
  const cell = (ratio: number) => Math.min(CELLS - 1, Math.max(0, half + Math.round((Math.log(ratio) / span) * half)));
  const [from, to] = [cell(estimate.interval.lower), cell(estimate.interval.upper)];
  return Array.from({ length: CELLS }, (_, index) => {
    if (index === cell(estimate.ratio)) return "●";
    if (index >= from && index <= to) return "─";
    if (index === cell(1 / (1 + margin))) return "(";
    if (index === cell(1 + margin)) return ")";
    return index === half ? "│" : "·";
  }).join("");
}
