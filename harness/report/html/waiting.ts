import type { ScenarioRecord } from "../../collect/record.ts";
import type { ScenarioPlan } from "../../plan/plan.ts";
import { correctedRows, intendedRows } from "../waiting.ts";
import { html, type Markup } from "./markup.ts";
import { table } from "./parts.ts";

const right = (title: string) => ({ title, right: true });
const OPEN = [
  { title: "Endpoint" },
  ...["service time p50", "p95", "p99", "from intended start p50", "p95", "p99", "with drops p50", "p95", "p99"].map(
    right,
  ),
];
const CLOSED = [
  { title: "Endpoint" },
  ...["one user asked every", "as measured p50", "p95", "p99", "corrected p50", "p95", "p99"].map(right),
];

/** Latency as those see it who wait, beside what the service needed for what was answered. */
export function waitingBlock(record: ScenarioRecord, plan: ScenarioPlan | undefined): Markup | undefined {
  const open = intendedRows(record);
  const closed = plan === undefined ? [] : correctedRows(record, plan.streams);
  if (open.length + closed.length === 0) return undefined;
  const cells = (texts: readonly string[]) => texts.map((text) => html`<td class="right">${text}</td>`);
  return html`<div class="card"><h3>Latency with the wait for it</h3>${
    open.length === 0
      ? undefined
      : html`${table(
          `Latency from the intended start, of ${record.name}`,
          OPEN,
          open.map(
            (row) =>
              html`<tr><th scope="row">${row.endpoint}</th>${cells([...row.service, ...row.intended, ...(row.withDrops ?? ["–", "–", "–"])])}</tr>`,
          ),
        )}
<p class="hint">From the intended start: what a late start of the iteration adds, to 1 ms. From the first dropped iteration on it is a lower bound. With drops: each dropped iteration counts as an answer that never came; “&gt; 6 s” is longer than that, and nobody knows how long.</p>`
  }${
    closed.length === 0
      ? undefined
      : html`${table(
          `Latency of closed loops, corrected, of ${record.name}`,
          CLOSED,
          closed.map(
            (row) =>
              html`<tr><th scope="row">${row.endpoint}</th>${cells([row.interval, ...row.raw, ...row.corrected])}</tr>`,
          ),
        )}
<p class="hint">Corrected: users of a closed loop wait for slow answers and do not ask meanwhile. By HdrHistogram’s rule an answer that took longer than the interval stands for those that were not asked for too: an estimate, judged by nothing. Upper edges of histogram buckets.</p>`
  }</div>`;
}
