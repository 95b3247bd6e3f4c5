import type { SequencePart, SequenceRecord } from "../../verdict/sequence.ts";
import { changesSince, wordOf } from "../../verdict/sequence.ts";
import { formatSeconds } from "../format.ts";
import { html, type Markup } from "../html/markup.ts";
import { type ReportAssets, renderPage } from "../html/page.ts";
import { plain } from "../plain.ts";

/** What both pages say, in order; `before` is the last sequence of the same name. */
interface Story {
  readonly verdict: string;
  readonly changes: readonly string[] | undefined;
  /** Sentences of everything that did not pass, with the place to look at. */
  readonly look: readonly { readonly sentence: string; readonly path?: string }[];
}

function storyOf(record: SequenceRecord, before: SequenceRecord | undefined): Story {
  return {
    verdict: wordOf(record),
    changes: before === undefined ? undefined : changesSince(before, record),
    look: record.parts
      .filter(({ exitCode }) => exitCode !== 0)
      .flatMap((part) => {
        const left = part.left.filter(({ kind }) => !["PASS", "EQUIVALENT", "IMPROVED"].includes(kind));
        if (left.length === 0) return [{ sentence: `${part.line}: ${part.why ?? part.lastLine ?? ""}` }];
        return left.map(({ sentence, path, hasReport }) => ({
          sentence: `${part.line}: ${sentence}`,
          path: hasReport ? `${path}/report.html` : path,
        }));
      }),
  };
}

function changesText({ changes }: Story): readonly string[] {
  if (changes === undefined) return ["There is no earlier one to compare with."];
  return changes.length === 0 ? ["Nothing came out otherwise."] : changes;
}

function about(record: SequenceRecord): string {
  const seconds = record.parts.reduce((sum, part) => sum + part.seconds, 0);
  const commit = record.commit === undefined ? "" : ` · commit ${record.commit.sha.slice(0, 12)}`;
  const streamed = record.streamed ? "streamed to InfluxDB" : "not streamed: PROOFLOAD_INFLUX_URL is not set";
  return `${record.createdAt}${commit} · ${formatSeconds(seconds)} · ${streamed}`;
}

/** For a job summary. */
export function renderSequenceMarkdown(record: SequenceRecord, before: SequenceRecord | undefined): string {
  const story = storyOf(record, before);
  const cell = (text: string) => plain(text, 2000).replaceAll("|", "\\|").replaceAll("\n", " ");
  const code = (text: string) => `\`${cell(text).replaceAll("`", "'")}\``;
  const rows = record.parts.map(
    (part) => `| ${code(part.line)} | ${wordOf(part)} | ${formatSeconds(part.seconds)} | ${cell(sentenceOf(part))} |`,
  );
  return [
    `## ${story.verdict}: ${plain(record.name)}`,
    "",
    plain(about(record)),
    "",
    "| part | verdict | took | in a sentence |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "### Since the last time",
    "",
    ...changesText(story).map((text) => `- ${cell(text)}`),
    ...(story.look.length === 0 ? [] : ["", "### Where to look", ""]),
    ...story.look.map(({ sentence, path }) => `- ${cell(sentence)}${path === undefined ? "" : ` (${code(path)})`}`),
    "",
  ].join("\n");
}

function sentenceOf(part: SequencePart): string {
  // A trend leaves no folder: what it said last is its sentence.
  return part.why ?? (part.left.map(({ sentence }) => sentence).join("; ") || (part.lastLine ?? ""));
}

/** One page that opens without a network; its links lead to the reports of the parts. */
export function renderSequenceHtml(
  record: SequenceRecord,
  before: SequenceRecord | undefined,
  assets: ReportAssets,
): string {
  const story = storyOf(record, before);
  const body = html`<header class="banner kind-${bannerKind(record)}">
<div class="inner">
<p class="brand">proofload <span>${record.name}</span></p>
<h1>${story.verdict}</h1>
<p class="sentence">${record.parts.map((part) => `${part.line.split(" ")[0]}: ${wordOf(part)}`).join(" · ")}</p>
<p class="run">${about(record)}</p>
</div>
</header>
<main id="content">
<section><h2>Parts</h2>
<div class="scroll"><table><thead><tr><th>Part</th><th>Verdict</th><th>Took</th><th>In a sentence</th></tr></thead><tbody>
${record.parts.map(
  (
    part,
  ) => html`<tr><td><code>${part.line}</code></td><td>${wordOf(part)}</td><td>${formatSeconds(part.seconds)}</td><td>${sentenceOf(part)}${links(part)}</td></tr>
`,
)}</tbody></table></div>
</section>
<section><h2>Since the last time</h2><ul>${changesText(story).map((text) => html`<li>${text}</li>`)}</ul></section>
${
  story.look.length === 0
    ? ""
    : html`<section><h2>Where to look</h2><ul>${story.look.map(
        ({ sentence, path }) => html`<li>${sentence}${path === undefined ? "" : link(path, path)}</li>`,
      )}</ul></section>`
}
</main>`;
  return renderPage(
    { title: `${story.verdict}: ${record.name}`, version: record.proofloadVersion, body, plots: [] },
    assets,
  );
}

function bannerKind(record: SequenceRecord): string {
  const word = wordOf(record);
  return ["PASS", "FAIL", "INCONCLUSIVE", "INVALID"].includes(word) ? word : "INVALID";
}

function links({ left, textFile }: SequencePart): readonly Markup[] {
  return [
    ...left.filter(({ hasReport }) => hasReport).map(({ path }) => link(`${path}/report.html`, "report")),
    ...(textFile === undefined ? [] : [link(textFile, "what it said")]),
  ];
}

function link(path: string, text: string): Markup {
  return html` <a href="${encodeURI(path)}">${text}</a>`;
}
