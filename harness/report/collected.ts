import type { Collected, CollectReady } from "../collect/collected.ts";
import { unexplained } from "../collect/influx/stream-books.ts";
import type { StreamBooks } from "../collect/record.ts";
import { formatCount } from "./format.ts";
import { plain } from "./plain.ts";

/** What somebody has to know before k6 is started. */
export function renderCollectReady({ directory, environment, opened }: CollectReady): string {
  const before = opened.records === 0 ? [] : [`it holds ${formatCount(opened.records)} exports already`];
  const torn =
    opened.damage.torn === 0
      ? []
      : [`${formatCount(opened.damage.torn)} bytes of an export that was never acknowledged were cut off its end`];
  const damaged =
    opened.damage.records === 0 ? [] : [`${formatCount(opened.damage.records)} damaged places in it are left out`];
  return [
    `collecting into ${plain(directory)}${[...before, ...torn, ...damaged].map((text) => `; ${text}`).join("")}`,
    "",
    "  where k6 runs (the same is in k6.env of that folder):",
    ...Object.entries(environment).map(([name, value]) => `    export ${name}=${value}`),
    "    k6 run --out opentelemetry script.js",
    "",
    "  Ctrl-C ends it; the same command goes on with the same log.",
    "",
  ].join("\n");
}

/** What was kept and what was not, and what the database holds of it. */
export function renderCollected({ directory, receiver, totals, overflow, damaged, stream }: Collected): string {
  const notes = [
    ...(receiver.refused > 0 ? [`${formatCount(receiver.refused)} exports were refused and had to come again`] : []),
    ...(receiver.broken > 0 ? [`${formatCount(receiver.broken)} senders left in the middle of an export`] : []),
    ...(receiver.foreign > 0 ? [`${formatCount(receiver.foreign)} requests were none of ours`] : []),
    ...(receiver.undecodable > 0 ? [`${formatCount(receiver.undecodable)} exports could not be decoded`] : []),
    ...(damaged > 0 ? [`INVALID: ${formatCount(damaged)} damaged places in the raw log`] : []),
    ...(overflow > 0 ? [`INVALID: too many series in ${overflow} metrics; they were folded together`] : []),
    ...(stream === undefined ? [] : streamNotes(stream, directory)),
  ];
  const rows = Object.entries(totals).map(([metric, total]) => [
    plain(metric),
    formatCount(total),
    heldOf(stream, metric),
  ]);
  const table =
    rows.length === 0 ? [] : [["METRIC", "IN THE LOG", stream === undefined ? "" : "IN THE DATABASE"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(0, ...table.map((row) => row[column]?.length ?? 0)));
  return [
    `${plain(directory)}: ${formatCount(receiver.kept)} exports kept since it was started`,
    ...table.map(([metric = "", log = "", held = ""]) =>
      `  ${metric.padEnd(widths[0] ?? 0)}  ${log.padStart(widths[1] ?? 0)}  ${held.padStart(widths[2] ?? 0)}`.trimEnd(),
    ),
    ...notes.map((note) => `  ${note}`),
    "",
  ].join("\n");
}

function heldOf(stream: StreamBooks | undefined, metric: string): string {
  const written = stream?.lines.find((line) => line.metric === metric)?.written;
  return stream === undefined ? "" : written === undefined ? "?" : formatCount(written);
}

function streamNotes(stream: StreamBooks, directory: string): string[] {
  const pending = stream.lines.some((line) => line.pending > 0 || line.written === undefined);
  const open = stream.lines.filter((line) => unexplained(line) !== 0);
  return [
    ...(stream.rejectedLines > 0 ? [`${formatCount(stream.rejectedLines)} lines were refused by the database`] : []),
    ...stream.reasons.map((reason) => `  ${plain(reason)}`),
    ...(open.length > 0
      ? [`INVALID: log and database differ in ${open.map(({ metric }) => plain(metric)).join(", ")}`]
      : []),
    ...(stream.overflow === undefined
      ? []
      : [
          `INVALID: ${formatCount(stream.overflow.series)} series beyond the budget went to __other__`,
          ...stream.overflow.tags.map(
            ({ tag, values, examples }) =>
              `  ${tag}: ${formatCount(values)} values, such as ${plain(examples.join(", "))}`,
          ),
        ]),
    ...(stream.trouble === undefined ? [] : [`the database: ${plain(stream.trouble)}`]),
    ...(pending ? [`not everything is in the database: \`proofload stream ${plain(directory)}\``] : []),
  ];
}
