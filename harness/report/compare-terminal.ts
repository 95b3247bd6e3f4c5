import type { ComparedRow, Comparison } from "../verdict/compare.ts";
import { type Palette, palette } from "./ansi.ts";
import {
  detectableText,
  groupsOf,
  historySentence,
  leftOut,
  measureName,
  NO_EVIDENCE,
  ratioText,
  runLine,
  side,
} from "./compare-text.ts";
import { SYMBOLS } from "./marks.ts";
import { cutTo, plain, widthOf, wrap } from "./plain.ts";
import type { TerminalOptions } from "./terminal.ts";

const HEAD = ["LEFT", "RIGHT", "RATIO", "VISIBLE"] as const;

/** Two runs side by side for a terminal. No colour tells good from bad: there is no verdict. */
export function renderComparison(
  comparison: Comparison,
  { colour, columns: wanted }: Pick<TerminalOptions, "colour" | "columns">,
): string {
  const paint = palette(colour);
  const columns = Math.min(140, Math.max(60, wanted));
  const lines = [
    `  ${paint.bold("proofload compare")}`,
    `    left   ${cutTo(plain(runLine(comparison.left)), columns - 11)}`,
    `    right  ${cutTo(plain(runLine(comparison.right)), columns - 11)}`,
    "",
    ...labelLines(comparison, paint, columns),
    ...groupsOf(comparison.rows).flatMap(({ part, rows }) => [
      `  ${paint.bold(plain(part, 60))}`,
      ...table(rows, paint, columns),
      "",
    ]),
    ...leftOut(comparison).flatMap((text) => wrap(plain(text, 400), columns - 2).map((line) => `  ${paint.dim(line)}`)),
    ...wrap(historySentence(comparison), columns - 2).map((line) => `  ${paint.dim(line)}`),
    ...wrap(NO_EVIDENCE, columns - 2).map((line) => `  ${paint.yellow(line)}`),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function labelLines({ labels, differences }: Comparison, paint: Palette, columns: number): string[] {
  const said = labels.flatMap(({ code, sentence }) => {
    const [first = "", ...more] = wrap(plain(`${code}: ${sentence}`, 400), columns - 4);
    return [`  ${paint.yellow(`${SYMBOLS.WARNING} ${first}`)}`, ...more.map((line) => `    ${paint.yellow(line)}`)];
  });
  const unlike = differences.flatMap(({ field, left, right }) =>
    wrap(`${plain(field, 80)}: ${plain(left, 60)} | ${plain(right, 60)}`, columns - 6).map((line) => `      ${line}`),
  );
  return said.length === 0 ? [] : [...said, ...unlike, ""];
}

function table(rows: readonly ComparedRow[], paint: Palette, columns: number): string[] {
  const cells = rows.map((row, index) => ({
    // A name stands once, above what belongs to it; a figure of the whole scenario has both columns for its own.
    name: rows[index - 1]?.subject.name === row.subject.name ? "" : plain(row.subject.name, 60),
    measure: measureName(row),
    spans: row.subject.kind === "scenario",
    figures: [side(row.left, row), side(row.right, row), ratioText(row), detectableText(row)],
  }));
  const head = HEAD.filter((title) => title !== "VISIBLE" || rows.some(({ detectable }) => detectable !== undefined));
  const widths = head.map((title, index) =>
    Math.max(title.length, ...cells.map(({ figures }) => widthOf(figures[index] ?? ""))),
  );
  const room = columns - 4 - widths.reduce((sum, width) => sum + width + 2, 0);
  const longest = (texts: readonly string[]) => Math.max(...texts.map(widthOf));
  const pairs = cells.filter((row) => !row.spans);
  const measure = Math.min(longest(["METRIC", ...pairs.map((row) => row.measure)]), room - 14);
  const name = Math.min(longest(["ENDPOINT", ...pairs.map((row) => row.name)]), room - measure - 2);
  const spanning = longest(["", ...cells.filter((row) => row.spans).map((row) => row.measure)]);
  const left = Math.min(room, Math.max(name + 2 + measure, spanning));
  const line = (start: string, values: readonly string[]) =>
    `    ${pad(cutTo(start, left), left)}${values.map((value, index) => `  ${" ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(value)))}${value}`).join("")}`;
  const start = (first: string, second: string) => `${pad(cutTo(first, name), name)}  ${cutTo(second, measure)}`;
  const title = rows[0]?.subject.kind === "bench" ? "BENCH" : "ENDPOINT";
  return [
    paint.dim(line(start(title, "METRIC"), head)),
    ...cells.map((row) =>
      line(row.spans ? row.measure : start(row.name, row.measure), row.figures.slice(0, head.length)),
    ),
  ];
}

function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}
