import type { GroupComparison, GroupRow } from "../verdict/compare-groups.ts";
import { type Palette, palette } from "./ansi.ts";
import {
  GROUP_MARKS,
  groupLine,
  groupSide,
  intervalText,
  NOT_PAIRED,
  rulesSentence,
  whyNoRatio,
} from "./compare-groups-text.ts";
import { detectableText, groupsOf, measureName, subjectName } from "./compare-text.ts";
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
    ...differences.flatMap(({ field, left: a, right: b }) =>
      wrap(`${plain(field, 80)}: ${plain(a, 60)} | ${plain(b, 60)}`, columns - 6).map((line) => `      ${line}`),
    ),
    ...(labels.length + differences.length === 0 ? [] : [""]),
    ...groupsOf(comparison.rows).flatMap(({ part, rows }) => [
      `  ${paint.bold(plain(part, 60))}`,
      ...table(rows, paint, columns),
      "",
    ]),
    ...whyNoRatio(comparison).flatMap((text) => wrapped(text, paint.dim)),
    ...wrapped(rulesSentence(comparison), paint.dim),
    ...wrapped(NOT_PAIRED, paint.dim),
    `  ${colourOf(mark, paint)(`${SYMBOLS[mark]} ${plain(comparison.sentence, columns)}`)}`,
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

interface Column {
  readonly title: string;
  readonly right?: boolean;
  readonly text: (row: GroupRow) => string;
}

const METRIC: Column = { title: "METRIC", text: measureName };
const SIDES: readonly Column[] = [
  { title: "LEFT", right: true, text: (row) => groupSide(row, "left") },
  { title: "RIGHT", right: true, text: (row) => groupSide(row, "right") },
];
const RATIO: Column = { title: "RATIO", right: true, text: intervalText };
const VISIBLE: Column = { title: "VISIBLE", right: true, text: detectableText };

/** Where there is less room, the ratio is what counts. */
const ROOM_FOR_SIDES = 100;

const LEAST_NAME = 12;
const VERDICT_CELLS = 14;
const METRIC_CELLS = { wide: 28, narrow: 16 };

function table(rows: readonly GroupRow[], paint: Palette, columns: number): string[] {
  const isWide = columns >= ROOM_FOR_SIDES;
  const figures = isWide ? [METRIC, ...SIDES, RATIO, VISIBLE] : [METRIC, RATIO];
  const names = rows.map((row, index) =>
    rows[index - 1]?.subject.name === row.subject.name ? "" : plain(subjectName(row), 60),
  );
  const widths = figures.map((column) => {
    const widest = Math.max(...[column.title, ...rows.map(column.text)].map(widthOf));
    return column === METRIC ? Math.min(isWide ? METRIC_CELLS.wide : METRIC_CELLS.narrow, widest) : widest;
  });
  const fixed = widths.reduce((sum, width) => sum + width + 2, 4);
  const longest = Math.max(...["ENDPOINT", ...names].map(widthOf));
  // Names give way first, then the word of the verdict.
  const name = Math.min(longest, Math.max(LEAST_NAME, columns - fixed - 2 - VERDICT_CELLS));
  const room = Math.max(1, columns - fixed - 2 - name);
  const line = (first: string, texts: readonly string[], last: string) =>
    `    ${pad(cutTo(first, name), name)}${texts
      .map((text, index) => {
        const width = widths[index] ?? 0;
        const cut = cutTo(text, width);
        return `  ${figures[index]?.right === true ? " ".repeat(width - widthOf(cut)) + cut : pad(cut, width)}`;
      })
      .join("")}  ${cutTo(last, room)}`;
  return [
    paint.dim(
      line(
        "ENDPOINT",
        figures.map(({ title }) => title),
        "",
      ),
    ),
    ...rows.map((row, index) => {
      const painter = row.decides ? colourOf(GROUP_MARKS[row.verdict], paint) : paint.dim;
      const said = row.decides ? `${SYMBOLS[GROUP_MARKS[row.verdict]]} ${row.verdict}` : "";
      return painter(
        line(
          names[index] ?? "",
          figures.map(({ text }) => text(row)),
          said,
        ),
      );
    }),
  ];
}

function pad(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}
