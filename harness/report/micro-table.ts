import type { MicroRecord } from "../collect/micro-record.ts";
import type { MicroVerdict } from "../verdict/verdict.ts";
import type { Palette } from "./ansi.ts";
import { formatMargin } from "./format.ts";
import { colourOf, SYMBOLS } from "./marks.ts";
import { BENCH_COLUMNS, type BenchRow, benchRows } from "./micro-view.ts";
import { cutTo, plain, widthOf } from "./plain.ts";
import { budgetLabel, measuredLabel } from "./view.ts";

/** Benches with their figures, then the budgets, for a terminal. */
export function microTable(
  micro: MicroVerdict,
  record: MicroRecord | undefined,
  paint: Palette,
  columns: number,
): string[] {
  const rows = record === undefined ? [] : benchRows(record);
  const head: BenchRow = { bench: "BENCH", cells: BENCH_COLUMNS.map((title) => title.toUpperCase()) };
  const widths = BENCH_COLUMNS.map((_, index) =>
    Math.max(...[head, ...rows].map((row) => widthOf(row.cells[index] ?? ""))),
  );
  const figures = widths.reduce((sum, width) => sum + width + 2, 0);
  const longest = Math.max(...[head, ...rows].map((row) => widthOf(row.bench)));
  const name = Math.max(8, Math.min(longest, columns - 4 - figures));
  const line = ({ bench, cells }: BenchRow) =>
    `${padEnd(cutTo(plain(bench, 80), name), name)}${cells.map((cell, index) => `  ${padStart(cell, widths[index] ?? 0)}`).join("")}`;
  const proves = micro.kind !== "INVALID";
  const budgets = micro.budgets.map((verdict) => {
    const colour = proves ? colourOf(verdict.kind, paint) : paint.dim;
    const text = `${padEnd(plain(budgetLabel(verdict.budget), 80), widest(micro))}  ${measuredLabel(verdict)}  ${formatMargin(verdict.margin)}`;
    return `  ${colour(proves ? SYMBOLS[verdict.kind] : "·")} ${proves ? text : paint.dim(text)}`;
  });
  return [
    ...(rows.length === 0 ? [] : [`    ${paint.dim(line(head))}`, ...rows.map((row) => `    ${line(row)}`)]),
    ...(budgets.length === 0 ? [] : ["", ...budgets]),
  ];
}

function widest(micro: MicroVerdict): number {
  return Math.max(...micro.budgets.map(({ budget }) => widthOf(plain(budgetLabel(budget), 80))));
}

function padEnd(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}

function padStart(text: string, cells: number): string {
  return " ".repeat(Math.max(0, cells - widthOf(text))) + text;
}
