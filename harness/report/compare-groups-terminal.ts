import type { GroupComparison, GroupRow } from "../verdict/compare-groups.ts";
import { type Palette, palette } from "./ansi.ts";
import {
  GROUP_MARKS,
  groupLine,
  groupNote,
  groupSide,
  intervalText,
  NOT_PAIRED,
  rulesSentence,
} from "./compare-groups-text.ts";
import { groupsOf, measureName, subjectName } from "./compare-text.ts";
import { colourOf, SYMBOLS } from "./marks.ts";
import { cutTo, plain, widthOf, wrap } from "./plain.ts";
import type { TerminalOptions } from "./terminal.ts";

/** Two groups of runs for a terminal: what decides has a sign and a colour, the rest is dim. */
export function renderGroups(
  comparison: GroupComparison,
  { colour, columns: wanted }: Pick<TerminalOptions, "colour" | "columns">,
): string {
  const paint = palette(colour);
  const columns = Math.min(140, Math.max(60, wanted));
  const { left, right, labels, differences, verdict } = comparison;
  const mark = GROUP_MARKS[verdict];
  const wrapped = (text: string, painter: (line: string) => string) =>
    wrap(plain(text, 600), columns - 2).map((line) => `  ${painter(line)}`);
  const lines = [
    `  ${paint.bold("proofload compare")}`,
    `    left   ${cutTo(plain(groupLine(left)), columns - 11)}`,
    `    right  ${cutTo(plain(groupLine(right)), columns - 11)}`,
    "",
    ...labels.flatMap(({ code, sentence }) => wrapped(`${SYMBOLS.WARNING} ${code}: ${sentence}`, paint.yellow)),
    ...differences.map(
      ({ field, left: a, right: b }) => `      ${plain(field, 80)}: ${plain(a, 60)} | ${plain(b, 60)}`,
    ),
    ...(labels.length + differences.length === 0 ? [] : [""]),
    ...groupsOf(comparison.rows).flatMap(({ part, rows }) => [
      `  ${paint.bold(plain(part, 60))}`,
      ...table(rows, paint, columns),
      "",
    ]),
    ...wrapped(rulesSentence(comparison), paint.dim),
    ...wrapped(NOT_PAIRED, paint.dim),
    `  ${colourOf(mark, paint)(`${SYMBOLS[mark]} ${plain(comparison.sentence, columns)}`)}`,
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const HEAD = ["ENDPOINT", "METRIC", "LEFT", "RIGHT", "RATIO", ""] as const;

function table(rows: readonly GroupRow[], paint: Palette, columns: number): string[] {
  const cells = rows.map((row, index) => [
    rows[index - 1]?.subject.name === row.subject.name ? "" : plain(subjectName(row), 60),
    measureName(row),
    groupSide(row, "left"),
    groupSide(row, "right"),
    intervalText(row),
    row.decides ? `${SYMBOLS[GROUP_MARKS[row.verdict]]} ${row.verdict}; ${groupNote(row)}` : groupNote(row),
  ]);
  const widths = HEAD.map((title, column) =>
    Math.max(widthOf(title), ...cells.map((cell) => widthOf(cell[column] ?? ""))),
  );
  // Names give way first, then the last column.
  const fixed = widths.slice(1, 5).reduce((sum, width) => sum + width + 2, 4);
  const name = Math.min(widths[0] ?? 0, Math.max(12, columns - fixed - 26));
  const note = Math.max(0, columns - fixed - name - 2);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, column) => {
        if (column === 0) return `    ${pad(cutTo(text, name), name)}`;
        if (column === 5) return cutTo(text, note);
        const width = widths[column] ?? 0;
        return column === 1 ? pad(text, width) : `${" ".repeat(width - widthOf(text))}${text}`;
      })
      .join("  ");
  return [
    paint.dim(line(HEAD)),
    ...rows.map((row, index) => {
      const painter = row.decides ? colourOf(GROUP_MARKS[row.verdict], paint) : paint.dim;
      return painter(line(cells[index] ?? []));
    }),
  ];
}

function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}
