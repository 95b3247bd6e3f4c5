import { unexplained } from "../collect/influx/stream-books.ts";
import type { StreamBooks } from "../collect/record.ts";
import { formatCount } from "./format.ts";
import { cutTo, plain, widthOf } from "./plain.ts";

const HEADER = ["SENT", "WRITTEN", "REJECTED", "IN THE LOG"] as const;
const LONGEST_NAME = 60;

/** The books of one scenario's stream as plain text: every metric, those first that do not close. */
export function streamTable(scenario: string, books: StreamBooks): string {
  const rows = [...books.lines]
    .sort((a, b) => Math.abs(unexplained(b)) - Math.abs(unexplained(a)))
    .map((line) => ({
      name: cutTo(plain(line.metric, 200), LONGEST_NAME),
      cells: [
        formatCount(line.sent),
        line.written === undefined ? "?" : formatCount(line.written),
        formatCount(line.rejected),
        formatCount(line.pending),
      ],
      mark: unexplained(line) === 0 ? "=" : "≠",
    }));
  const name = Math.max("METRIC".length, ...rows.map((row) => widthOf(row.name)));
  const widths = HEADER.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row.cells[index]?.length ?? 0)),
  );
  const line = (first: string, cells: readonly string[], mark: string) =>
    `    ${first}${" ".repeat(name - widthOf(first))}${cells.map((cell, index) => `  ${cell.padStart(widths[index] ?? 0)}`).join("")}  ${mark}`.trimEnd();
  return [
    `  ${plain(scenario, 60)}: ${streamSentences(books).join(" ")}`,
    line("METRIC", HEADER, ""),
    ...rows.map((row) => line(row.name, row.cells, row.mark)),
    "",
  ].join("\n");
}

/** What a reader has to know of the samples on their way to the database; the first sentence says it all. */
export function streamSentences(books: StreamBooks): string[] {
  const { lines, rejectedLines, reasons, trouble } = books;
  const where = `${books.database ?? "InfluxDB"}, bucket ${plain(books.bucket, 80)}`;
  const open = lines.filter((line) => unexplained(line) !== 0);
  const waiting = lines.filter((line) => line.pending > 0);
  const isRead = lines.every((line) => line.written !== undefined);
  return [
    open.length > 0
      ? `Not every sample is in ${where}: ${formatCount(open.length)} of ${formatCount(lines.length)} metrics differ.`
      : waiting.length > 0
        ? `What ${where} lacks is still in the log; \`proofload stream\` sends it.`
        : isRead
          ? `Every sample is in ${where}.`
          : `Everything was sent to ${where}, which could not be asked what it holds.`,
    ...(trouble === undefined ? [] : [`${plain(trouble, 300)}.`]),
    ...(rejectedLines === 0
      ? []
      : [
          `It rejected ${formatCount(rejectedLines)} lines of the run (rejected.jsonl): ${plain(reasons.join("; "), 400)}.`,
        ]),
  ];
}
