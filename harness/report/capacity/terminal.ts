import type { CapacityRecord, CapacityStep } from "../../collect/capacity-record.ts";
import type { CapacityVerdict } from "../../verdict/capacity/judge-capacity.ts";
import { palette } from "../ansi.ts";
import { colourOf, SYMBOLS } from "../marks.ts";
import { plain, widthOf, wrap } from "../plain.ts";
import { budgetLabel, machineLabel, speedLabel } from "../view.ts";
import { answerText, STEP_HEAD, searchText, stepRow } from "./view.ts";

interface Options {
  readonly colour: boolean;
  readonly columns: number;
  /** Of the search, as the user would type it. */
  readonly directory?: string;
}

/** The result of a search for a terminal; its last line names the report. */
export function renderCapacityTerminal(record: CapacityRecord, verdict: CapacityVerdict, options: Options): string {
  const paint = palette(options.colour);
  const columns = Math.min(140, Math.max(60, options.columns));
  const colour = colourOf(verdict.kind, paint);
  const wrapped = (text: string, indent: string) =>
    wrap(plain(text, 600), columns - indent.length).map((line) => `${indent}${line}`);
  const answer = answerText(verdict);
  const lines = [
    `  ${paint.bold(`proofload capacity ${plain(record.scenario, 40)}`)}  ${paint.dim(plain(record.runId, 60))}`,
    ...wrapped(`${machineLabel(record.fingerprint)} · ${speedLabel(record.fingerprint)}`, "  ").map(paint.dim),
    ...wrapped(searchText(record), "  ").map(paint.dim),
    "",
    ...stepLines(record.steps, columns).map((line, index) => (index === 0 ? paint.dim(line) : line)),
    "",
    `  ${colour(paint.bold(`${SYMBOLS[verdict.kind]} ${verdict.kind}`))}  ${paint.bold(answer ?? "no answer")}`,
    ...(verdict.capacity === undefined
      ? []
      : wrapped(
          `limited by the ${verdict.capacity.limitedBy.resource}: ${verdict.capacity.limitedBy.evidence}`,
          "    ",
        )),
    ...verdict.budgets.flatMap(({ budget, kind, because }) =>
      wrapped(
        `${SYMBOLS[kind]} ${budgetLabel(budget)} (${budget.source})${because === undefined ? "" : `: ${because}`}`,
        "    ",
      ),
    ),
    ...verdict.notes.flatMap((note) => wrapped(note, "    ").map(paint.dim)),
    "",
    ...wrapped(verdict.sentence, "  "),
    ...(options.directory === undefined ? [] : [`  report: ${options.directory}/report.html`]),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** While a search goes on: one line for each step. */
export function stepLineOf(step: CapacityStep): string {
  const { mark, rate, purpose, p95, why } = stepRow(step);
  return `${SYMBOLS[mark]} ${rate} for ${purpose}: ${step.outcome}, p95 ${p95}${why === "" ? "" : `; ${plain(why, 200)}`}`;
}

function stepLines(steps: readonly CapacityStep[], columns: number): string[] {
  const rows = steps.map(stepRow);
  const cells = [
    [...STEP_HEAD],
    ...rows.map((row) => [row.rate, row.purpose, row.p95, row.errors, row.inFlight, row.fullest]),
  ];
  const widths = STEP_HEAD.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => `${" ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))}${cell}`).join("  ");
  return cells.flatMap((row, index) => {
    const mark = index === 0 ? " " : SYMBOLS[rows[index - 1]?.mark ?? "INVALID"];
    const why = index === 0 ? "" : (rows[index - 1]?.why ?? "");
    const text = `  ${mark} ${line(row)}`;
    return [text, ...(why === "" ? [] : wrap(plain(why, 300), columns - 6).map((part) => `      ${part}`))];
  });
}
