/**
 * The result for a pull request or a job summary. Every name in it may be hostile: what could start Markdown, HTML, a
 * link, a mention or a new row is written as a character reference, which Markdown never takes for structure.
 */
import type { RunRecord } from "../collect/record.ts";
import type { BudgetVerdict, MicroVerdict, ScenarioVerdict, Verdict } from "../verdict/verdict.ts";
import { formatCount, formatMargin, formatSeconds, formatValue } from "./format.ts";
import { plain } from "./plain.ts";
import { streamSentences } from "./stream-table.ts";
import {
  budgetLabel,
  checkValue,
  droppedOf,
  machineLabel,
  measuredLabel,
  notMeasuredByTarget,
  reasonsOfAll,
  recordOf,
  speedLabel,
  totalsOf,
} from "./view.ts";

/** GitHub cuts a comment at 65,536 characters, and nobody reads more. */
const MOST_ROWS = 200;
const MOST_REASONS = 20;
const LONGEST_CELL = 100;

export const ICONS = {
  PASS: "✅",
  WARN: "⚠️",
  WARNING: "⚠️",
  FAIL: "❌",
  INCONCLUSIVE: "❔",
  INVALID: "🚫",
  NOT_COMPARABLE: "➖",
} as const;

/** `detectable`: what the run could have shown, see could-detect.ts. */
export function renderMarkdown(record: RunRecord, verdict: Verdict, detectable: readonly string[] = []): string {
  const micro = verdict.micro ?? [];
  const rows = [
    ...verdict.scenarios.map(({ scenario, ...part }) => ({ name: scenario, ...part })),
    ...micro.map(({ subject, ...part }) => ({ name: subject, ...part })),
  ].flatMap((part) => part.budgets.map((budget) => ({ part, budget })));
  return [
    `### ${ICONS[verdict.kind]} proofload: ${verdict.kind}`,
    "",
    `**Verdict** ${safe(verdict.sentence, 500)}`,
    "",
    ...verdict.scenarios.map((scenario) => scenarioLine(scenario, record)),
    ...micro.map((subject) => microLine(subject, record)),
    "",
    ...reasonLines(verdict),
    ...(rows.length === 0
      ? []
      : [
          verdict.scenarios.length === 0
            ? "| | Micro-benchmark | Bench | Budget | Measured | Margin | Source |"
            : "| | Scenario | Endpoint | Budget | Measured | Margin | Source |",
          "|:-:|:--|:--|:--|--:|--:|:--|",
          ...sorted(rows)
            .slice(0, MOST_ROWS)
            .map(({ part, budget }) => budgetRow(part, budget)),
          ...(rows.length > MOST_ROWS ? ["", `${rows.length - MOST_ROWS} more budgets are in the report.`] : []),
          "",
        ]),
    ...notMeasuredLine(verdict),
    ...(detectable.length === 0
      ? []
      : [...detectable.slice(0, MOST_REASONS).map((line) => `- ${safe(line, 400)}`), ""]),
    `Run ${safe(record.runId)} of suite ${safe(record.suite)} at ${safe(record.createdAt)}, proofload ${safe(record.proofloadVersion)}${commitOf(record)}.`,
    `Measured on ${safe(machineLabel(record.fingerprint), 200)}; ${speedLabel(record.fingerprint)}.`,
    "",
  ].join("\n");
}

/**
 * The text as it looks, and nothing but text. Never at the start of a line, where a digit or a dash would begin a list.
 * Mentions, references and :emoji: are found in the finished page, after character references are resolved: only an
 * invisible character keeps their parts apart. It does the same to https://, which would become a link.
 */
export function safe(text: string, longest = LONGEST_CELL): string {
  return plain(text, longest)
    .replace(/[&<>|`\\[\]*~$^]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "&#95;")
    .replace(/www\./gi, (start) => `${start.slice(0, 3)}\u200b.`)
    .replace(/@|(?<!&)#|\bGH-(?=\d)|:(?=\S)(?!(?<=\d:)\d)/gi, (start) => `${start}\u200b`);
}

function scenarioLine(scenario: ScenarioVerdict, run: RunRecord): string {
  const record = recordOf(run, scenario);
  const name = `- ${ICONS[scenario.kind]} **${safe(scenario.scenario, 60)}** ${scenario.kind}`;
  if (record === undefined) {
    return name;
  }
  const dropped = droppedOf(record);
  const { requests, failed } = totalsOf(record.endpoints.filter((endpoint) => endpoint.phase === "measured"));
  const checks = scenario.validity.filter((check) => check.limit !== 0 && check.value !== undefined);
  const evidence = checks.map((check) => `${safe(check.name, 40)} ${checkValue(check.value, check.unit)}`).join(", ");
  const drops = dropped === 0 ? "" : `, ${formatCount(dropped)} dropped`;
  const counts = `${formatCount(requests)} requests in ${formatSeconds(record.measuredSeconds)}, ${formatCount(failed)} failed${drops}`;
  const { stream } = record.books;
  const [database = ""] = stream === undefined ? [] : streamSentences(stream);
  return `${name}: ${counts}${evidence === "" ? "" : `; ${evidence}`}${database === "" ? "" : `. ${safe(database, 300)}`}`;
}

/** The benches of a subject in one line each; distributions are in the HTML report. */
function microLine(micro: MicroVerdict, run: RunRecord): string {
  const record = run.micro?.find((entry) => entry.name === micro.subject);
  const name = `- ${ICONS[micro.kind]} **${safe(micro.subject, 60)}** ${micro.kind}`;
  const benches = (record?.benches ?? []).map((bench) => {
    const bytes = bench.bytes === undefined ? "" : `, ${formatValue(bench.bytes.median, "bytes")}`;
    return `${safe(bench.name, 60)} ${formatValue(bench.time.mean, "ns")}${bytes}`;
  });
  return benches.length === 0 ? name : `${name}: ${benches.join("; ")}`;
}

function reasonLines(verdict: Verdict): string[] {
  const reasons = reasonsOfAll(verdict);
  const shown = reasons.slice(0, MOST_REASONS).map(({ name, reason }) => {
    const remedy = reason.remedy === undefined ? "" : ` → ${safe(reason.remedy, 300)}`;
    return `- ${ICONS[reason.kind]} ${safe(name, 60)}: ${safe(reason.sentence, 400)}${remedy}`;
  });
  const more = reasons.length > MOST_REASONS ? [`- ${reasons.length - MOST_REASONS} more are in the report.`] : [];
  return reasons.length === 0 ? [] : ["**Why**", "", ...shown, ...more, ""];
}

function budgetRow(part: { readonly name: string; readonly kind: Verdict["kind"] }, verdict: BudgetVerdict): string {
  const { subject, budget, kind, margin } = verdict;
  // Figures of an instrument that was not sound prove nothing.
  const icon = part.kind === "INVALID" ? ICONS.INVALID : ICONS[kind];
  const name = subject.kind === "scenario" ? "whole scenario" : safe(subject.name);
  const cells = [
    icon,
    safe(part.name, 60),
    name,
    safe(budgetLabel(budget)),
    safe(measuredLabel(verdict)),
    formatMargin(margin).replace("<", "&lt;").replace(">", "&gt;"),
    safe(budget.source, 40),
  ];
  return `| ${cells.join(" | ")} |`;
}

const ORDER: readonly BudgetVerdict["kind"][] = ["FAIL", "INCONCLUSIVE", "WARN", "NOT_COMPARABLE", "PASS"];

/** What needs attention first, so that the cut takes what passed. */
function sorted<T extends { readonly budget: BudgetVerdict }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => ORDER.indexOf(a.budget.kind) - ORDER.indexOf(b.budget.kind));
}

function notMeasuredLine(verdict: Verdict): string[] {
  const counts = notMeasuredByTarget(verdict)
    .slice(0, 20)
    .map(({ target, missing, promised }) => `${safe(target, 40)} ${missing} of ${promised}`);
  return counts.length === 0 ? [] : [`Promises not measured in this run: ${counts.join(", ")}.`, ""];
}

function commitOf({ commit }: RunRecord): string {
  return commit === undefined
    ? ""
    : `, commit ${safe(commit.sha.slice(0, 12))}${commit.dirty ? " with local changes" : ""}`;
}
