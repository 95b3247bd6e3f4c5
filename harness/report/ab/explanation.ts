import type { Pair } from "../../collect/ab-record.ts";
import type { FunctionChange } from "../flamegraph/profile-difference.ts";
import { formatValue } from "../format.ts";
import { html, type Markup } from "../html/markup.ts";
import { plain } from "../plain.ts";
import type { StatementChange } from "./statement-difference.ts";

/** Where a regression comes from, as far as an extra run of both sides under the profiler tells. explanation.json. */
export interface Explanation {
  readonly schema: "proofload/ab-explanation/1";
  readonly runId: string;
  /** The endpoint that got worst; absent where no endpoint by itself did. */
  readonly endpoint?: string;
  /** The streams of the scenario that were driven: those that call the endpoint. */
  readonly streams: readonly string[];
  /** Behind every figure. */
  readonly requests: Pair<number>;
  /** Functions whose own CPU time per request has changed (ns); absent where there was no profile. */
  readonly functions?: readonly FunctionChange[];
  /** File beside this one. */
  readonly flamegraph?: string;
  /** Absent where the statements of the database cannot be counted. */
  readonly statements?: readonly StatementChange[];
  /** What could not be had, and why. */
  readonly notes: readonly string[];
}

const SHOWN = 5;
const QUERY_CHARACTERS = 160;

/** A section of the page; the flame graph is a file beside it. */
export function explanationHtml(explanation: Explanation): Markup {
  const [title = "", ...lines] = explanationLines(explanation);
  const { flamegraph } = explanation;
  const link =
    flamegraph === undefined ? undefined : html`<p><a href="${flamegraph}">Flame graph of the difference</a></p>`;
  return html`<section id="explanation"><header><h2>Where it comes from</h2><p class="about">${title}</p></header>
<ul>${lines.map((line) => html`<li>${line.trim()}</li>`)}</ul>${link}</section>`;
}

/** What follows the report in Markdown. */
export function explanationMarkdown(explanation: Explanation): string {
  const lines = explanationLines(explanation).map((line) => line.replaceAll("`", "'"));
  return ["", "### Where it comes from", "", "```", ...lines, "```", ""].join("\n");
}

/** The explanation in a few lines of text: what grew most, and what the database is asked. */
export function explanationLines(explanation: Explanation): string[] {
  const { endpoint, streams, functions, statements, flamegraph, notes } = explanation;
  const where = endpoint ?? streams.join(", ");
  return [
    `An extra run under the profiler (${where}; not part of the figures above):`,
    ...(functions === undefined ? [] : functionLines(functions)),
    ...(flamegraph === undefined ? [] : [`  flame graph of the difference: ${flamegraph}`]),
    ...(statements === undefined ? [] : statementLines(statements)),
    ...notes.map((note) => `  ${note}`),
  ];
}

function functionLines(functions: readonly FunctionChange[]): string[] {
  if (functions.length === 0) return ["  no function's own CPU time changed by more than sampling explains"];
  const largest = functions.toSorted((a, b) => Math.abs(b.head - b.base) - Math.abs(a.head - a.base)).slice(0, SHOWN);
  return largest.map(({ name, place, base, head }) => {
    const at = place === "" ? "" : ` (${plain(place, 80)})`;
    return `  ${signed(head - base, (value) => formatValue(value, "ns"))} of CPU per request: ${plain(name, 80)}${at}`;
  });
}

function statementLines(statements: readonly StatementChange[]): string[] {
  if (statements.length === 0) return ["  the same SQL statements, as often, with as many rows"];
  return statements.slice(0, SHOWN).map(({ query, what, base, head }) => {
    const calls =
      what === "changed" ? `${per(base.calls)} → ${per(head.calls)}` : per(Math.max(base.calls, head.calls));
    const rows = what === "changed" ? `${per(base.rows)} → ${per(head.rows)}` : per(Math.max(base.rows, head.rows));
    return `  ${what} SQL, ${calls} calls and ${rows} rows per request: ${plain(query, QUERY_CHARACTERS)}`;
  });
}

function signed(value: number, shown: (value: number) => string): string {
  return `${value < 0 ? "−" : "+"}${shown(Math.abs(value))}`;
}

function per(count: number): string {
  return String(Number(count.toPrecision(3)));
}
