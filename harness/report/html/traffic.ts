import type { EndpointRecord, ScenarioRecord } from "../../collect/record.ts";
import { formatCount, formatValue } from "../format.ts";
import { plain } from "../plain.ts";
import { html, type Markup } from "./markup.ts";
import { table } from "./parts.ts";

const COLUMNS = [
  { title: "Endpoint" },
  { title: "Requests", right: true },
  { title: "By status" },
  { title: "Failed", right: true },
  { title: "Dropped", right: true },
  { title: "p50", right: true },
  { title: "p90", right: true },
  { title: "p95", right: true },
  { title: "p99", right: true },
  { title: "max", right: true },
];

const PHASES = [
  { phase: "measured", title: undefined },
  { phase: "warmup", title: "Warm-up: driven the same way, kept apart, judged by nothing" },
  { phase: "setup", title: "Setup: requests of the script before and after the load" },
] as const;

/** What was sent and what came back, the warm-up in rows of its own. */
export function trafficBlock(record: ScenarioRecord): Markup {
  const body = PHASES.flatMap(({ phase, title }) => {
    const rows = record.endpoints.filter((endpoint) => endpoint.phase === phase);
    const heading =
      title === undefined || rows.length === 0
        ? []
        : [html`<tr class="heading"><th scope="rowgroup" colspan="10">${title}</th></tr>`];
    return [...heading, ...rows.map((endpoint) => trafficRow(endpoint, phase))];
  });
  return html`<div class="card"><h3>Requests and latency</h3>${table(`Requests of ${record.name}`, COLUMNS, body)}
<p class="hint">Latency is over successful requests, the wait for a connection included. Percentiles of the measured phase are k6's own${
    record.endpoints.some((endpoint) => endpoint.phase === "measured" && endpoint.source === "histogram")
      ? "; those marked ≤ are the upper edge of a histogram's bucket"
      : ""
  }.</p>${checksBlock(record)}</div>`;
}

function trafficRow(endpoint: EndpointRecord, phase: EndpointRecord["phase"]): Markup {
  const { latency, failed, dropped, source } = endpoint;
  const figure = (value: number | undefined) =>
    value === undefined ? "–" : `${source === "histogram" ? "≤ " : ""}${formatValue(value, "ms")}`;
  return html`<tr class="phase-${phase}"><th scope="row">${endpoint.endpoint}</th>
<td class="right">${formatCount(endpoint.requests)}</td>
<td class="status">${statuses(endpoint)}</td>
<td class="right${failed > 0 ? " bad" : ""}">${formatCount(failed)}</td>
<td class="right${dropped > 0 ? " bad" : ""}">${formatCount(dropped)}</td>
${[latency?.p50, latency?.p90, latency?.p95, latency?.p99, latency?.max].map((value) => html`<td class="right">${figure(value)}</td>`)}</tr>`;
}

/** A service that answers with a hundred statuses is shown by the twenty most frequent. */
function statuses({ byStatus, byError }: EndpointRecord): Markup[] {
  const most = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 20);
  return [
    ...most(byStatus).map(([status, count]) => {
      const good = /^[23]\d\d$/.test(status);
      const name = status === "0" ? "no answer" : plain(status, 40);
      return html`<span class="chip${good ? "" : " bad"}"><b>${name}</b> ${formatCount(count)}</span> `;
    }),
    ...most(byError).map(
      ([code, count]) => html`<span class="chip bad"><b>k6 error ${plain(code, 40)}</b> ${formatCount(count)}</span> `,
    ),
  ];
}

function checksBlock({ checks }: ScenarioRecord): Markup | undefined {
  const failing = checks.filter((check) => check.fails > 0);
  const passed = checks.reduce((total, check) => total + check.passes, 0);
  if (checks.length === 0) {
    return undefined;
  }
  return html`<p class="hint">${formatCount(passed)} checks of answers held${
    failing.length === 0 ? ", none was broken." : "; these were broken:"
  }</p>${failing.length === 0 ? undefined : html`<ul class="hint">${failing.slice(0, 100).map((check) => html`<li>${check.name}: ${formatCount(check.fails)} of ${formatCount(check.fails + check.passes)}</li>`)}</ul>`}`;
}
