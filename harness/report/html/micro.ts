import type { BenchRecord, MicroRecord } from "../../collect/micro-record.ts";
import type { MicroVerdict } from "../../verdict/verdict.ts";
import { formatValue } from "../format.ts";
import { BENCH_COLUMNS, benchRows } from "../micro-view.ts";
import { validityBlock } from "./evidence.ts";
import { html, type Markup } from "./markup.ts";
import { badge, table } from "./parts.ts";
import { budgetCells } from "./scenario.ts";

/** One micro-benchmark: its budgets, its benches with their spread, its processes, and why they may be believed. */
export function microSection(id: string, micro: MicroVerdict, record: MicroRecord | undefined): Markup {
  return html`<section class="scenario" id="${id}" aria-labelledby="${id}-title">
<header>
<h2 id="${id}-title">${micro.subject} ${badge(micro.kind)}</h2>
${record === undefined ? undefined : html`<p class="lead">${record.title}</p><p class="about">Target ${record.target} · each process fresh · ${record.nodeFlags.join(" ")}</p>`}
</header>
${micro.kind === "INVALID" ? html`<p class="notice">The measurement was not sound: the figures below prove nothing, in either direction.</p>` : undefined}
${budgetsBlock(micro)}
${record === undefined ? undefined : html`${benchesBlock(record)}${processesBlock(record)}${profilesBlock(record)}`}
${validityBlock(micro.subject, micro.validity)}
</section>`;
}

const BUDGET_COLUMNS = [
  { title: "Bench" },
  { title: "Budget" },
  { title: "Measured", right: true },
  { title: "" },
  { title: "Margin", right: true },
  { title: "Verdict" },
  { title: "Promise" },
];

function budgetsBlock(micro: MicroVerdict): Markup | undefined {
  const proves = micro.kind !== "INVALID";
  return micro.budgets.length === 0
    ? undefined
    : html`<div class="card"><h3>Budgets</h3>${table(
        `Budgets of ${micro.subject}`,
        BUDGET_COLUMNS,
        micro.budgets.map(
          (verdict) =>
            html`<tr class="${proves ? `kind-${verdict.kind}` : ""}"><th scope="row">${verdict.subject.name}</th>${budgetCells(verdict, proves)}</tr>`,
        ),
        "budgets",
      )}</div>`;
}

function benchesBlock(record: MicroRecord): Markup {
  const head = [
    { title: "Bench" },
    ...BENCH_COLUMNS.map((title) => ({ title, right: true })),
    { title: "rounds, and p50 to p99" },
  ];
  const rows = benchRows(record);
  const range = rangeOf(record.benches);
  return html`<div class="card"><h3>Time of one operation</h3>${table(
    `Benches of ${record.name}`,
    head,
    record.benches.map(
      (bench, index) =>
        html`<tr><th scope="row">${bench.name}</th>${(rows[index]?.cells ?? []).map(
          (cell) => html`<td class="right figure">${cell}</td>`,
        )}<td>${spread(bench, range)}</td></tr>`,
    ),
  )}<p class="hint">bytes: allocated by one operation · gc: garbage collection per operation · samples × calls in each; "–" where a mean of many calls cannot tell.</p></div>`;
}

/** The logarithms between which all benches of the subject lie, so that their marks can be compared by eye. */
function rangeOf(benches: readonly BenchRecord[]): readonly [number, number] {
  const values = benches.flatMap((bench) => [bench.time.p50, bench.time.p99, ...bench.rounds]).filter((ns) => ns > 0);
  const logs = values.map(Math.log10);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return Number.isFinite(low) ? [low - 0.05, high + 0.05] : [0, 1];
}

/** A dot for the mean of each round on a logarithmic axis, and a bar from the median to the 99th percentile. */
function spread(bench: BenchRecord, [low, high]: readonly [number, number]): Markup {
  const at = (ns: number) => (ns <= 0 ? 0 : (200 * (Math.log10(ns) - low)) / (high - low)).toFixed(1);
  const { p50, p99 } = bench.time;
  const label = `p50 ${formatValue(p50, "ns")}, p99 ${formatValue(p99, "ns")} of samples`;
  return html`<svg width="200" height="16" viewBox="0 0 200 16" role="img" aria-label="${label}"><title>${label}</title>
<line x1="0" x2="200" y1="8" y2="8" stroke="currentColor" stroke-opacity="0.15"/>
<line x1="${at(p50)}" x2="${at(p99)}" y1="8" y2="8" stroke="currentColor" stroke-opacity="0.5" stroke-width="4"/>
${bench.rounds.map((ns) => html`<circle cx="${at(ns)}" cy="8" r="2.5" fill="currentColor" fill-opacity="0.6"/>`)}</svg>`;
}

function processesBlock(record: MicroRecord): Markup {
  const head = [
    { title: "Process" },
    { title: "peak memory", right: true },
    { title: "before set-up", right: true },
    { title: "CPU", right: true },
    { title: "waited for a core", right: true },
    { title: "end" },
  ];
  const rows = record.processes.map(
    (process) => html`<tr><th scope="row">${process.size === undefined ? "benches" : `size ${process.size}`}</th>
<td class="right">${formatValue(process.peakRssBytes, "bytes")}</td><td class="right">${formatValue(process.idleRssBytes, "bytes")}</td>
<td class="right">${formatValue(process.cpuSeconds * 1000, "ms")}</td>
<td class="right">${process.waitSeconds === undefined ? "–" : formatValue(process.waitSeconds * 1000, "ms")}</td>
<td class="wide">${process.exit.kind === "completed" ? "completed" : [process.exit.how, ...process.exit.lastLines].join(" · ")}</td></tr>`,
  );
  return html`<div class="card"><h3>Processes</h3>${table(`Processes of ${record.name}`, head, rows)}</div>`;
}

function profilesBlock({ profiles }: MicroRecord): Markup | undefined {
  return profiles.length === 0
    ? undefined
    : html`<div class="card"><h3>Profiles</h3><ul>${profiles.map(
        (file) => html`<li><a href="${file}.svg">flame graph</a> of <code>${file}</code></li>`,
      )}</ul></div>`;
}
