import type { Collected, CollectReady } from "../collect/collected.ts";
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

/** What was kept, and what was not. */
export function renderCollected({ directory, receiver, totals, overflow, damaged }: Collected): string {
  const names = Object.keys(totals).map((name) => plain(name));
  const width = Math.max(0, ...names.map((name) => name.length));
  const notes = [
    ...(receiver.refused > 0 ? [`${formatCount(receiver.refused)} exports were refused and had to come again`] : []),
    ...(receiver.broken > 0 ? [`${formatCount(receiver.broken)} senders left in the middle of an export`] : []),
    ...(receiver.foreign > 0 ? [`${formatCount(receiver.foreign)} requests were none of ours`] : []),
    ...(receiver.undecodable > 0 ? [`${formatCount(receiver.undecodable)} exports could not be decoded`] : []),
    ...(damaged > 0 ? [`INVALID: ${formatCount(damaged)} damaged places in the raw log`] : []),
    ...(overflow > 0 ? [`INVALID: too many series in ${overflow} metrics; they were folded together`] : []),
  ];
  return [
    `${plain(directory)}: ${formatCount(receiver.kept)} exports kept since it was started`,
    ...Object.values(totals).map((total, index) => `  ${(names[index] ?? "").padEnd(width)}  ${formatCount(total)}`),
    ...notes.map((note) => `  ${note}`),
    "",
  ].join("\n");
}
