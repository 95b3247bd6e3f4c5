import { unexplained } from "../../collect/influx/stream-books.ts";
import type { ScenarioRecord, StreamBooks } from "../../collect/record.ts";
import type { ValidityCheck } from "../../verdict/verdict.ts";
import { formatCount } from "../format.ts";
import { streamSentences } from "../stream-table.ts";
import { checkValue } from "../view.ts";
import { html, type Markup } from "./markup.ts";
import { badge, table } from "./parts.ts";

/** Each check of the instrument: what it read, what it may read, and what that means. */
export function validityBlock(name: string, validity: readonly ValidityCheck[]): Markup {
  const head = [
    { title: "Check" },
    { title: "Read", right: true },
    { title: "Limit", right: true },
    { title: "" },
    { title: "What it shows" },
  ];
  const rows = validity.map(
    (check) => html`<tr><th scope="row">${check.name}</th>
<td class="right figure${check.ok ? "" : " bad"}">${checkValue(check.value, check.unit)}</td>
<td class="right">${checkValue(check.limit, check.unit)}</td>
<td>${check.ok ? badge("PASS", "holds") : badge("INVALID", "broken")}</td>
<td class="wide">${check.meaning}</td></tr>`,
  );
  return html`<div class="card"><h3>Was the instrument sound?</h3>${
    validity.length === 0
      ? html`<p class="empty">Nothing ran, so nothing could be checked.</p>`
      : table(`Checks of the instrument in ${name}`, head, rows)
  }</div>`;
}

interface BookLine {
  readonly what: string;
  readonly k6: number;
  readonly other: number;
}

/** k6's count, what the raw log holds, and what the service itself counted: they have to be the same. */
export function booksBlock({ books, name }: ScenarioRecord): Markup {
  const log = books.lines.map((line): BookLine => ({ what: line.metric, k6: line.k6, other: line.log }));
  const service = (books.service ?? []).map(
    (line): BookLine => ({
      what: `${line.endpoint} → ${line.status === "0" ? "no answer" : line.status}`,
      k6: line.k6,
      other: line.service,
    }),
  );
  const notes = [
    ...(books.damaged > 0 ? [`${formatCount(books.damaged)} records of the raw log were damaged.`] : []),
    ...(books.refused > 0 ? [`${formatCount(books.refused)} exports of k6 were refused and sent again.`] : []),
  ];
  return html`<div class="card"><h3>Do the books close?</h3>
<div class="side-by-side">
${block("k6 against the raw log", `Books of ${name}: k6 and raw log`, "raw log", log)}
${
  books.service === undefined
    ? html`<p class="empty">The service has no counters of its own: only k6 and the raw log could be compared.</p>`
    : block("k6 against the service", `Books of ${name}: k6 and service`, "service", service)
}
${books.stream === undefined ? undefined : streamBlock(`Books of ${name}: k6 and database`, books.stream)}
</div>${notes.map((note) => html`<p class="hint">${note}</p>`)}</div>`;
}

/** k6's count against what was read from the database, what it rejected, and what is still in the log. */
function streamBlock(label: string, books: StreamBooks): Markup {
  const head = [
    { title: "" },
    { title: "k6", right: true },
    { title: "database", right: true },
    { title: "rejected", right: true },
    { title: "in the log", right: true },
    { title: "" },
  ];
  const sorted = [...books.lines].sort((a, b) => Math.abs(unexplained(b)) - Math.abs(unexplained(a)));
  const rows = sorted.map(
    (line) => html`<tr><th scope="row">${line.metric}</th><td class="right">${formatCount(line.sent)}</td>
<td class="right">${line.written === undefined ? "not read" : formatCount(line.written)}</td><td class="right">${formatCount(line.rejected)}</td>
<td class="right">${formatCount(line.pending)}</td><td>${equality(unexplained(line) === 0)}</td></tr>`,
  );
  return html`<div><h4>k6 against the database</h4>${streamSentences(books).map((text) => html`<p class="hint">${text}</p>`)}${
    rows.length === 0 ? html`<p class="empty">Nothing was counted.</p>` : table(label, head, rows)
  }</div>`;
}

function equality(isSame: boolean): Markup {
  return isSame ? html`<span class="same">=</span>` : html`<span class="bad">≠</span>`;
}

function block(title: string, label: string, other: string, lines: readonly BookLine[]): Markup {
  const head = [{ title: "" }, { title: "k6", right: true }, { title: other, right: true }, { title: "" }];
  const open = lines.filter((line) => line.k6 !== line.other);
  const sorted = [...open, ...lines.filter((line) => line.k6 === line.other)];
  const rows = sorted.map(
    ({ what, k6, other: counted }) => html`<tr><th scope="row">${what}</th><td class="right">${formatCount(k6)}</td>
<td class="right">${formatCount(counted)}</td><td>${equality(k6 === counted)}</td></tr>`,
  );
  return html`<div><h4>${title}</h4>${lines.length === 0 ? html`<p class="empty">Nothing was counted.</p>` : table(label, head, rows)}</div>`;
}
