import type { Collected, CollectReady } from "../collect/collected.ts";
import type { SeriesOverflowRecord } from "../collect/record.ts";
import { formatCount } from "./format.ts";
import { plain } from "./plain.ts";
import { streamTable } from "./stream-table.ts";

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
    ...(stream?.overflow === undefined ? [] : overflowNotes(stream.overflow)),
  ];
  return [
    `${plain(directory)}: ${formatCount(receiver.kept)} exports kept since it was started`,
    ...notes.map((note) => `  ${note}`),
    stream === undefined ? logTable(totals) : streamTable("InfluxDB", stream),
  ].join("\n");
}

function overflowNotes({ series, tags }: SeriesOverflowRecord): string[] {
  return [
    `INVALID: ${formatCount(series)} series beyond the budget of the database went to __other__`,
    ...tags.map(
      ({ tag, values, examples }) =>
        `  ${tag}: ${formatCount(values)} more values, such as ${plain(examples.join(", "))}`,
    ),
  ];
}

function logTable(totals: Collected["totals"]): string {
  const rows = Object.entries(totals).map(([metric, total]) => [plain(metric), formatCount(total)] as const);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([metric, total]) => `    ${metric.padEnd(widths[0] ?? 0)}  ${total.padStart(widths[1] ?? 0)}\n`)
    .join("");
}
